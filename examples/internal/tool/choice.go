package tool

import (
	"strings"

	"github.com/graphpnas/graphpnas/examples/internal/program"
)

// Named is an entry of a list that a flag selects from.
type Named[T any] struct {
	Name  string
	Value T
}

// Names returns the names of a list, in its order.
func Names[T any](list []Named[T]) []string {
	all := make([]string, len(list))
	for i, n := range list {
		all[i] = n.Name
	}
	return all
}

// Find returns the entry with a name. The error contains the kind of entry and lists the valid names.
func Find[T any](list []Named[T], kind, name string) (Named[T], error) {
	for _, n := range list {
		if n.Name == name {
			return n, nil
		}
	}
	return Named[T]{}, program.Usagef("unknown %s %q; there are %s", kind, name, strings.Join(Names(list), ", "))
}
