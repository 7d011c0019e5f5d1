package progress_test

import (
	"os"

	"github.com/graphpnas/graphpnas/internal/progress"
)

// On a terminal, the program's lines scroll above a bar. Elsewhere, only the lines appear.
func Example() {
	display := progress.New(os.Stdout)
	defer display.Close()
	bar := display.Bar(progress.Options{Name: "training", Total: 2, Unit: "networks"})
	for _, line := range []string{"first network: 92 %", "second network: 94 %"} {
		display.Write([]byte(line + "\n"))
		bar.Add(1)
	}
	// Output:
	// first network: 92 %
	// second network: 94 %
}
