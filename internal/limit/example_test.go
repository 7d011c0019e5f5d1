package limit_test

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/graphpnas/graphpnas/internal/limit"
)

// An error that quotes a long line is shortened. It still wraps the original error.
func ExampleError() {
	long := fmt.Errorf("line %q: %w", strings.Repeat("x", 1_000_000), io.ErrUnexpectedEOF)
	short := limit.Error(long)
	fmt.Println(len(short.Error()) <= 1000, errors.Is(short, io.ErrUnexpectedEOF))
	// Output: true true
}

// Reading a file of 1 GiB may use 16 GiB and 64 MiB.
func ExampleMemory() {
	fmt.Println(limit.Memory(1<<30) == 16<<30+64<<20)
	// Output: true
}
