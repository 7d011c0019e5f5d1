package f32

import (
	"math/rand/v2"
	"testing"
)

// implementations returns all implementations that the processor supports.
func implementations() []implementation {
	if best() == neon {
		return []implementation{generic, neon}
	}
	var all []implementation
	for i := generic; i <= best(); i++ {
		all = append(all, i)
	}
	return all
}

// eachImplementation runs a test once with every implementation.
func eachImplementation(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	for _, i := range implementations() {
		t.Run(i.String(), func(t *testing.T) {
			use(t, i)
			test(t)
		})
	}
}

// use selects an implementation for the rest of a test.
func use(tb testing.TB, i implementation) {
	before := active
	active = i
	tb.Cleanup(func() { active = before })
}

// tail returns the last n elements of an arena, so that accesses beyond them are accesses beyond
// the arena.
func tail(arena []float32, n int) []float32 { return arena[len(arena)-n:] }

// fill overwrites x with normally distributed numbers and returns it.
func fill(rng *rand.Rand, x []float32) []float32 {
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// random returns n normally distributed numbers.
func random(rng *rand.Rand, n int) []float32 { return fill(rng, make([]float32, n)) }

func newRand() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestBestImplementationIsActive(t *testing.T) {
	if active != best() {
		t.Fatalf("active is %v, best is %v", active, best())
	}
	t.Log("best implementation:", best())
}
