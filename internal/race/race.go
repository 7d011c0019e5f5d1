//go:build race

package race

import (
	"flag"

	_ "pgregory.net/rapid" // defines the flag
)

// Enabled reports whether the race detector is enabled.
const Enabled = true

func init() {
	if err := flag.Set("rapid.checks", "20"); err != nil {
		panic(err)
	}
}
