package vision_test

import (
	"fmt"
	"image/color"

	"github.com/graphpnas/graphpnas/internal/vision"
)

// Red and green look much less different to people without one kind of cone.
func Example() {
	red, green := color.RGBA{214, 39, 40, 255}, color.RGBA{44, 120, 44, 255}
	fmt.Printf("normal vision: %.0f\n", vision.Simulations["normal"].Distance(red, green))
	fmt.Printf("deuteranopia: %.0f\n", vision.Simulations["deuteranopia"].Distance(red, green))
	fmt.Printf("contrast of red to white: %.1f\n", vision.Contrast(red, color.RGBA{255, 255, 255, 255}))
	// Output:
	// normal vision: 105
	// deuteranopia: 21
	// contrast of red to white: 5.0
}
