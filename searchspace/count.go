package searchspace

// Counter is implemented by a Space that knows how many architectures it has. A type that embeds
// such a space and overrides Key or Validate must override Count too.
type Counter interface {
	// Count returns the number of architectures with different keys.
	Count() int
}

var (
	_ Counter = NASBench101{}
	_ Counter = NASBench201{}
)

// Count returns 423,624, the number of valid cells up to isomorphism.
func (NASBench101) Count() int { return 423_624 }

// Count returns 15,625. Isomorphic cells count separately, because the benchmark trained them
// separately.
func (NASBench201) Count() int { return 15_625 }

// maxCounted is the largest number of architectures that Count enumerates.
const maxCounted = 100_000

// Count returns the number of architectures in a space, counting those with the same key once. It
// calls the space's Count if the space is a [Counter], and enumerates the space if it is an
// [Enumerator] with at most 100,000 ordered architectures. For any other space, ok is false.
func Count(space Space) (n int, ok bool) {
	if c, ok := space.(Counter); ok {
		return c.Count(), true
	}
	e, ok := space.(Enumerator)
	if !ok {
		return 0, false
	}
	keys := map[string]struct{}{}
	listed := 0
	for a := range e.All() {
		if listed++; listed > maxCounted {
			return 0, false
		}
		keys[space.Key(a)] = struct{}{}
	}
	return len(keys), true
}
