package searchspace

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
)

// ErrUncountable is wrapped by the error of [NewCensus] for a space that it cannot count.
var ErrUncountable = errors.New("the space cannot be counted")

// Forgetful is implemented by a Builder that can summarize the decisions that still matter. Two
// builders of a space with the same Memory must offer the same decisions from there on. Memory
// returns false if the builder cannot tell.
type Forgetful interface {
	Memory() (string, bool)
}

// ForgetfulRule is implemented by a Rule that can summarize everything about a draft that affects
// its later decisions, except for the current node, which the builder adds. If all rules of a space
// implement it, a [Census] can count the space.
type ForgetfulRule interface {
	Rule
	Memory(sofar *Draft) string
}

// maxCensus is the largest number of different builder states that a Census stores.
const maxCensus = 200_000

// Census counts the architectures of a space by dynamic programming and draws them uniformly. It
// counts ordered architectures: those with the same Key count separately. It is safe for concurrent
// use.
//
// A Census implements generator.GraphGenerator, so it can be the explorer of a search.
type Census struct {
	space Space
	// below holds the number of architectures that a builder can build, by its decision and memory.
	below map[string]*big.Int
	size  *big.Int
}

// NewCensus counts the architectures of a space. The error wraps [ErrUncountable] if the space's
// builder is not [Forgetful] or has more than 200,000 different states, and [ErrDeadEnd] if it
// reaches a dead end.
//
// Spaces made by [New] or [Restrict] can be counted if all their rules implement [ForgetfulRule].
// Those of [Chain], [Connected], [Inputs], [Same], [Fix], [FixEdge], [AtMost] and [AtLeast] do, but
// additive costs must be whole numbers or have few distinct sums. Those of [Forbid], [Named] and
// [RuleFunc] do not, because their functions do not declare what they depend on. Write such a rule
// as a type with the method Memory, or use [EstimateSize].
func NewCensus(space Space) (*Census, error) {
	c := &Census{space: space, below: map[string]*big.Int{}}
	size, err := c.count(space.Start())
	if err != nil {
		return nil, fmt.Errorf("counting %s: %w", space.Name(), err)
	}
	c.size = size
	return c, nil
}

// Size returns the number of architectures.
func (c *Census) Size() *big.Int { return new(big.Int).Set(c.size) }

// next returns the next decision that leaves a choice. It makes the decisions before it that do
// not, which need no memory.
func next(b Builder) (Decision, bool, error) {
	for {
		Skip(b)
		d, ok := b.Next()
		if !ok || len(d.Allowed) != 1 {
			return d, ok, nil
		}
		if err := b.Take(d.Allowed[0]); err != nil {
			return d, false, err
		}
	}
}

// count returns the number of architectures that a builder can build. It changes the builder.
func (c *Census) count(b Builder) (*big.Int, error) {
	d, ok, err := next(b)
	if err != nil || !ok {
		return big.NewInt(1), err
	}
	f, ok := b.(Forgetful)
	if !ok {
		return nil, fmt.Errorf("%w: its Builder must implement Forgetful", ErrUncountable)
	}
	memory, ok := f.Memory()
	if !ok {
		return nil, fmt.Errorf("%w: %sEstimateSize works for any space", ErrUncountable, opaqueRule(b))
	}
	if n := c.below[memory]; n != nil {
		return n, nil
	}
	if len(d.Allowed) == 0 {
		return nil, d.DeadEnd()
	}
	sum := new(big.Int)
	for _, value := range d.Allowed {
		n, err := c.after(b, value)
		if err != nil {
			return nil, err
		}
		sum.Add(sum, n)
	}
	if len(c.below) == maxCensus {
		return nil, fmt.Errorf("%w: its Builder has more than %d different states", ErrUncountable, maxCensus)
	}
	c.below[memory] = sum
	return sum, nil
}

// after returns the number of architectures that a builder can build after a decision.
func (c *Census) after(b Builder, value int) (*big.Int, error) {
	b = b.Clone()
	if err := b.Take(value); err != nil {
		return nil, err
	}
	return c.count(b)
}

// At returns architecture i of the space, 0 ≤ i < Size, in the order of [Enumerate].
func (c *Census) At(i *big.Int) (Arch, error) {
	if i.Sign() < 0 || i.Cmp(c.size) >= 0 {
		return Arch{}, fmt.Errorf("%s: the index must be at least 0 and below %v, got %v", c.space.Name(), c.size, i)
	}
	i = new(big.Int).Set(i)
	b := c.space.Start()
	for {
		d, ok, err := next(b)
		if err != nil {
			return Arch{}, err
		}
		if !ok {
			return b.Arch()
		}
		taken := false
		for _, value := range d.Allowed {
			n, err := c.recall(b, value)
			if err != nil {
				return Arch{}, err
			}
			if i.Cmp(n) < 0 {
				if err := b.Take(value); err != nil {
					return Arch{}, err
				}
				taken = true
				break
			}
			i.Sub(i, n)
		}
		if !taken {
			return Arch{}, fmt.Errorf("counting %s: %v: the Builder allows fewer values than when the space was counted", c.space.Name(), d)
		}
	}
}

// recall returns the number of architectures that a builder can build after a decision, as already
// counted.
func (c *Census) recall(b Builder, value int) (*big.Int, error) {
	b = b.Clone()
	if err := b.Take(value); err != nil {
		return nil, err
	}
	if _, ok, err := next(b); err != nil || !ok {
		return big.NewInt(1), err
	}
	memory, _ := b.(Forgetful).Memory()
	n := c.below[memory]
	if n == nil {
		return nil, fmt.Errorf("counting %s: the Builder is in a state that was not counted", c.space.Name())
	}
	return n, nil
}

// Sample draws n architectures uniformly.
func (c *Census) Sample(ctx context.Context, rng *rand.Rand, n int) ([]Arch, error) {
	archs := make([]Arch, 0, max(n, 0))
	for len(archs) < n {
		if ctx.Err() != nil {
			return archs, fmt.Errorf("sampling %s: %w", c.space.Name(), context.Cause(ctx))
		}
		a, err := c.At(below(rng, c.size))
		if err != nil {
			return archs, fmt.Errorf("sampling %s: %w", c.space.Name(), err)
		}
		archs = append(archs, a)
	}
	return archs, nil
}

// below draws a number from 0 to n − 1.
func below(rng *rand.Rand, n *big.Int) *big.Int {
	words := make([]byte, (n.BitLen()+7)/8)
	for {
		for i := range words {
			words[i] = byte(rng.Uint32())
		}
		v := new(big.Int).SetBytes(words)
		if extra := uint(8*len(words) - n.BitLen()); extra > 0 {
			v.Rsh(v, extra)
		}
		if v.Cmp(n) < 0 {
			return v
		}
	}
}
