package store

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

const keeperVariable = "STORE_TEST_KEEPER"

// programs lists what the test binary runs instead of the tests, by the environment variable that selects it.
var programs = map[string]func() error{childVariable: func() error { return childFromEnvironment().search() }}

// TestMain runs the tests, or one of the programs.
func TestMain(m *testing.M) {
	for variable, run := range programs {
		if os.Getenv(variable) == "" {
			continue
		}
		if err := run(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}
