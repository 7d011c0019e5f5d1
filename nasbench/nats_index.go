package nasbench

import (
	"errors"
	"fmt"
	"regexp"
	"sync/atomic"

	"github.com/graphpnas/graphpnas/internal/pickle"
	"github.com/graphpnas/graphpnas/searchspace"
)

// setArchs sets the cells of the benchmark, in the order of their indices.
func (n *NATS) setArchs(value any) error {
	notations, ok := pickle.Items(value)
	if !ok || len(notations) == 0 {
		return errors.New("meta_archs is not a list of architectures")
	}
	var space searchspace.NASBench201
	n.archs = make([]searchspace.Arch, len(notations))
	n.loaded = make([]atomic.Pointer[natsArch], len(notations))
	for i, v := range notations {
		notation, _ := v.(string)
		a, err := parseNATSArch(notation)
		if err != nil {
			return fmt.Errorf("meta_archs: architecture %d: %w", i, err)
		}
		key := space.Key(a)
		if first, ok := n.rows[key]; ok {
			return fmt.Errorf("meta_archs: architectures %d and %d are the same, %s", first, i, key)
		}
		n.archs[i], n.rows[key] = a, i
	}
	return nil
}

// natsSizeNotation matches an architecture of the size space: the numbers of channels of five layers.
var natsSizeNotation = regexp.MustCompile(`^\d+(:\d+){4}$`)

// parseNATSArch parses a cell in the benchmark's notation.
func parseNATSArch(notation string) (searchspace.Arch, error) {
	if natsSizeNotation.MatchString(notation) {
		return searchspace.Arch{}, fmt.Errorf("%s: %w", notation, errNATSSize)
	}
	return searchspace.NASBench201{}.Parse(notation)
}

// set stores the training runs of a cell.
func (n *NATS) set(index int, a *natsArch) error {
	if index < 0 || index >= len(n.archs) {
		return fmt.Errorf("the index has no architecture %d", index)
	}
	if want := n.Space().Key(n.archs[index]); a.index != index || a.notation != want {
		return fmt.Errorf("the record is that of architecture %d, %q, instead of %q", a.index, a.notation, want)
	}
	n.loaded[index].Store(a)
	return nil
}
