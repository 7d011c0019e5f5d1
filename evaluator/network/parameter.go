package network

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Parameter is one tensor of a network: one that is learned, or a running mean or variance of batch normalisation. Weights
// of a convolution are height × width × input channels × output channels (depthwise: height × width × channels), those of
// a linear layer inputs × outputs.
type Parameter struct {
	Name  string
	Shape []int

	statistic bool
	start     start
}

// Size is the number of values.
func (p Parameter) Size() int64 {
	n := int64(1)
	for _, d := range p.Shape {
		n *= int64(d)
	}
	return n
}

// start is how a parameter's values are drawn.
type start func(rng *rand.Rand) float32

// heFanOut is the start of convolutions: normal, of variance 2 by the number of values that an input value goes into (He
// et al. 2015, arXiv 1502.01852, equation 14), as residual networks have it.
func heFanOut(fanOut int) start {
	deviation := math.Sqrt(2 / float64(fanOut))
	return func(rng *rand.Rand) float32 { return float32(deviation * rng.NormFloat64()) }
}

// uniformFanIn is PyTorch's start of linear layers: uniform in ±1/√inputs, the bias too.
func uniformFanIn(fanIn int) start {
	bound := 1 / math.Sqrt(float64(fanIn))
	return func(rng *rand.Rand) float32 { return float32((2*rng.Float64() - 1) * bound) }
}

func constant(v float32) start { return func(*rand.Rand) float32 { return v } }

// Layout says where the parameters of a network, or of several that share them, lie in one flat vector, and the running
// statistics in another. It is immutable.
type Layout struct {
	learned, statistics section
}

// section is parameters behind one another.
type section struct {
	params  []Parameter
	offsets []int64        // of each
	places  map[string]int // by name
	size    int64
}

// find returns the parameter of a name.
func (s *section) find(name string) (Parameter, bool) {
	i, ok := s.places[name]
	if !ok {
		return Parameter{}, false
	}
	return s.params[i], true
}

// of returns where in a vector the parameter of a name lies.
func (s *section) of(name string, flat []float32) []float32 {
	i, ok := s.places[name]
	if !ok {
		return nil
	}
	return flat[s.offsets[i] : s.offsets[i]+s.params[i].Size()]
}

func (s *section) add(p Parameter) error {
	if q, ok := s.find(p.Name); ok {
		if !slices.Equal(q.Shape, p.Shape) {
			return fmt.Errorf("%w: parameter %q is %v and %v", ErrShape, p.Name, q.Shape, p.Shape)
		}
		return nil
	}
	if s.places == nil {
		s.places = map[string]int{}
	}
	s.places[p.Name] = len(s.params)
	s.params = append(s.params, p)
	s.offsets = append(s.offsets, s.size)
	s.size += p.Size()
	return nil
}

// Share returns a layout that has the parameters of all the plans: of equal names one. Networks with weights in such a
// layout share what they have in common; Plan.Within puts a plan there. The error wraps ErrShape where parameters of one
// name are of different shapes.
func Share(plans ...*Plan) (*Layout, error) {
	l := &Layout{}
	for _, p := range plans {
		for _, param := range p.params {
			if err := l.section(param).add(param); err != nil {
				return nil, err
			}
		}
	}
	return l, nil
}

// section returns where a parameter belongs.
func (l *Layout) section(p Parameter) *section {
	if p.statistic {
		return &l.statistics
	}
	return &l.learned
}

// equal tells whether another layout has the same parameters at the same places. There may be none.
func (l *Layout) equal(m *Layout) bool {
	return l == m || m != nil && l.learned.equal(&m.learned) && l.statistics.equal(&m.statistics)
}

func (s *section) equal(t *section) bool {
	return slices.EqualFunc(s.params, t.params, func(p, q Parameter) bool {
		return p.Name == q.Name && slices.Equal(p.Shape, q.Shape)
	})
}

// Parameters lists what is learned, in the order of the flat vector: each lies behind the one before it. Callers do not
// change it.
func (l *Layout) Parameters() []Parameter { return l.learned.params }

// Statistics lists the running means and variances, in the order of theirs.
func (l *Layout) Statistics() []Parameter { return l.statistics.params }

// Size is the number of values that are learned.
func (l *Layout) Size() int64 { return l.learned.size }

// Weights are a network's values: what is learned, and the running statistics that evaluation goes by.
type Weights struct {
	Layout     *Layout
	Params     []float32
	Statistics []float32
}

// Init draws the start of every parameter, from the first on: of convolutions normal with variance 2/(kernel pixels ×
// output channels) (He et al. 2015, arXiv 1502.01852; output channels 1 where a convolution is depthwise), of linear layers
// uniform in ±1/√inputs, and of batch normalisation 1 and 0.
func (l *Layout) Init(rng *rand.Rand) *Weights {
	return &Weights{Layout: l, Params: l.learned.draw(rng), Statistics: l.statistics.draw(rng)}
}

func (s *section) draw(rng *rand.Rand) []float32 {
	flat := make([]float32, 0, s.size)
	for _, p := range s.params {
		for range p.Size() {
			flat = append(flat, p.start(rng))
		}
	}
	return flat
}

// Of returns the values of a parameter or statistic, which share the memory of the weights; nil where there is none of
// this name.
func (w *Weights) Of(name string) []float32 {
	if x := w.Layout.learned.of(name, w.Params); x != nil {
		return x
	}
	return w.Layout.statistics.of(name, w.Statistics)
}
