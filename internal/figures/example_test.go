package figures_test

import (
	"encoding/json"
	"fmt"
	"log"
	"math"

	"github.com/graphpnas/graphpnas/internal/figures"
)

// Numbers that JSON does not have are written as strings and read back.
func Example() {
	text, err := json.Marshal(figures.Figures{"accuracy": 0.93, "loss": math.NaN()})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
	var read figures.Figures
	if err := json.Unmarshal(text, &read); err != nil {
		log.Fatal(err)
	}
	fmt.Println(read["accuracy"], read["loss"])
	// Output:
	// {"accuracy":0.93,"loss":"NaN"}
	// 0.93 NaN
}
