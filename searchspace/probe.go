package searchspace

import (
	"math/rand/v2"
)

// New spaces are checked for dead ends: on all paths if there are few, and otherwise on random
// ones.
const (
	probedDecisions = 20_000
	probedPaths     = 200
)

// probe looks for dead ends and returns the first one found, which is always the same for the same
// space.
func probe(s Space) error {
	left := probedDecisions
	if whole, err := probeAll(s.Start(), &left); whole || err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(1, 1))
	left = 10 * probedDecisions
	for range probedPaths {
		if left <= 0 {
			break
		}
		b := s.Start()
		for d, ok := b.Next(); ok; d, ok = b.Next() {
			if len(d.Allowed) == 0 {
				return d.DeadEnd()
			}
			if err := b.Take(d.Allowed[rng.IntN(len(d.Allowed))]); err != nil {
				return err
			}
			left--
		}
	}
	return nil
}

// probeAll follows all paths from a builder, which it changes, while decisions are left, and
// reports whether it completed.
func probeAll(b Builder, left *int) (whole bool, err error) {
	for d, ok := b.Next(); ok; d, ok = b.Next() {
		if *left--; *left < 0 {
			return false, nil
		}
		if len(d.Allowed) == 0 {
			return false, d.DeadEnd()
		}
		for _, v := range d.Allowed[1:] {
			branch := b.Clone()
			if err := branch.Take(v); err != nil {
				return false, err
			}
			if whole, err := probeAll(branch, left); !whole {
				return false, err
			}
		}
		if err := b.Take(d.Allowed[0]); err != nil {
			return false, err
		}
	}
	return true, nil
}
