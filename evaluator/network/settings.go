package network

import (
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator"
)

// setting is a size that a user has set, with its name.
type setting struct {
	name  string
	value int
}

// checkSettings returns an error if a size is negative. It wraps evaluator.ErrBroken, because no architecture is at fault.
func checkSettings(all ...setting) error {
	for _, s := range all {
		if s.value < 0 {
			return fmt.Errorf("%w: %s must be at least 1, or 0 for the default, got %d", evaluator.ErrBroken, s.name, s.value)
		}
	}
	return nil
}

// orDefault returns n, or standard if n is 0.
func orDefault(n, standard int) int {
	if n == 0 {
		return standard
	}
	return n
}
