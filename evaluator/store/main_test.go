package store

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

const keeperVariable = "STORE_TEST_KEEPER"

// programs are what this program does if a test has started it again, by environment variables.
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
