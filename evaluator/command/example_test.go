//go:build unix

package command_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"slices"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Two processes evaluate a cell each. So that the example runs anywhere, the program is the test binary itself, in a mode
// that counts edges; see examples/10-python-trainer for a program in Python.
func Example() {
	var space searchspace.NASBench201
	self, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	e, err := command.New(space, command.Config{
		Command:   []string{self},
		Env:       append(os.Environ(), "COMMAND_TEST_ROLE=edges"),
		Processes: 2,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close()

	cell, err := space.Parse("|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|nor_conv_3x3~2|")
	if err != nil {
		log.Fatal(err)
	}
	pool := evaluator.Pool{Evaluator: e, Workers: 2}
	for o := range pool.Run(context.Background(), slices.Values([]searchspace.Arch{cell, cell})) {
		if o.Err != nil {
			log.Fatal(o.Err)
		}
		fmt.Println(o.Result.Value, "edges")
	}
	// Output:
	// 3 edges
	// 3 edges
}
