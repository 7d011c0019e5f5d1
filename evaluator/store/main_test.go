package store

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain runs the tests, or one search if a test has started this program again to kill it.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		if err := childFromEnvironment().search(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}
