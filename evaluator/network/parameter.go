package network

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Parameter describes one tensor of a network: a learned one, or a running mean or variance of batch normalization.
//
// The shape of a convolution's weights is height × width × input channels × output channels, that of a depthwise convolution
// height × width × channels, and that of a linear layer inputs × outputs. Values are in row-major order.
type Parameter struct {
	// Name is unique in a network.
	Name string `json:"name"`
	// Shape has one to four dimensions.
	Shape []int `json:"shape"`
	// Statistic is true for running means and variances, which are measured, not learned.
	Statistic bool `json:"statistic,omitempty"`
	// Init is the distribution of the initial values.
	Init Init `json:"init"`
}

// Size returns the number of values.
func (p Parameter) Size() int64 {
	n := int64(1)
	for _, d := range p.Shape {
		n *= int64(d)
	}
	return n
}

// The kinds of [Init].
const (
	InitNormal   = "normal"   // normal with mean 0 and standard deviation Value
	InitUniform  = "uniform"  // uniform from −Value to Value
	InitConstant = "constant" // always Value
)

// Init is the distribution of a parameter's initial values.
type Init struct {
	Kind  string  `json:"kind"`
	Value float64 `json:"value"`
}

// heFanOut is the initialization of convolutions: normal with variance 2/fanOut, where fanOut is the number of output values that
// an input value contributes to (He et al. 2015, arXiv 1502.01852, equation 14), as in residual networks.
func heFanOut(fanOut int) Init { return Init{InitNormal, math.Sqrt(2 / float64(fanOut))} }

// uniformFanIn is PyTorch's initialization of the weights and biases of linear layers: uniform in ±1/√fanIn.
func uniformFanIn(fanIn int) Init { return Init{InitUniform, 1 / math.Sqrt(float64(fanIn))} }

func constant(v float64) Init { return Init{InitConstant, v} }

// validate returns an error if the distribution is not valid.
func (i Init) validate() error {
	switch {
	case i.Kind != InitNormal && i.Kind != InitUniform && i.Kind != InitConstant:
		return fmt.Errorf("the kind of an init must be %q, %q or %q, got %q", InitNormal, InitUniform, InitConstant, i.Kind)
	case i.Kind != InitConstant && i.Value < 0:
		return fmt.Errorf("the value of a %s init must not be negative, got %v", i.Kind, i.Value)
	case math.Abs(i.Value) > math.MaxFloat32:
		return fmt.Errorf("the value of an init must fit into float32, got %v", i.Value)
	}
	return nil
}

func (i Init) draw(rng *rand.Rand) float32 {
	switch i.Kind {
	case InitNormal:
		return float32(i.Value * rng.NormFloat64())
	case InitUniform:
		return float32((2*rng.Float64() - 1) * i.Value)
	default:
		return float32(i.Value)
	}
}

// Layout is the order of the parameters in one flat vector, and of the running statistics in another, for one network or for
// several that share them. It is immutable.
type Layout struct {
	learned, statistics section
}

// section is the layout of one of the vectors.
type section struct {
	params  []Parameter
	offsets []int64        // offset of each parameter
	places  map[string]int // index of each parameter, by name
	size    int64
}

// find returns the parameter with the given name, and reports whether there is one.
func (s *section) find(name string) (Parameter, bool) {
	i, ok := s.places[name]
	if !ok {
		return Parameter{}, false
	}
	return s.params[i], true
}

// of returns the part of a vector that belongs to the parameter with the given name.
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
			return fmt.Errorf("%w: parameter %q has shape %v in one plan and %v in another", ErrShape, p.Name, q.Shape, p.Shape)
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

// Share returns a layout that contains the parameters of all plans, one for each name. Networks with weights of this layout share
// parameters of the same name; [Plan.Within] places a plan in it. The error wraps [ErrShape] if parameters of the same name have
// different shapes.
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

// section returns the section that a parameter belongs to.
func (l *Layout) section(p Parameter) *section {
	if p.Statistic {
		return &l.statistics
	}
	return &l.learned
}

// equal reports whether another layout, which may be nil, has the same parameters in the same order.
func (l *Layout) equal(m *Layout) bool {
	return l == m || m != nil && l.learned.equal(&m.learned) && l.statistics.equal(&m.statistics)
}

func (s *section) equal(t *section) bool {
	return slices.EqualFunc(s.params, t.params, func(p, q Parameter) bool {
		return p.Name == q.Name && slices.Equal(p.Shape, q.Shape)
	})
}

// Parameters returns the learned parameters in the order of the flat vector, which has no gaps.
// Callers must not modify the slice.
func (l *Layout) Parameters() []Parameter { return l.learned.params }

// Statistics returns the running means and variances in the order of their vector. Callers must not modify the slice.
func (l *Layout) Statistics() []Parameter { return l.statistics.params }

// Size returns the number of learned values.
func (l *Layout) Size() int64 { return l.learned.size }

// Weights contains the values of a network's learned parameters and running statistics.
type Weights struct {
	Layout     *Layout
	Params     []float32
	Statistics []float32
}

// Init returns initial weights, drawn in the order of the parameters, each from its [Init]. For networks of a Builder,
// convolutions are normal with variance 2/(kernel pixels × output channels), where depthwise convolutions count as one
// output channel (He et al. 2015, arXiv 1502.01852); linear layers are uniform in ±1/√inputs; batch normalization is the
// identity; and the weights of weighted sums are 0.
func (l *Layout) Init(rng *rand.Rand) *Weights {
	return &Weights{Layout: l, Params: l.learned.draw(rng), Statistics: l.statistics.draw(rng)}
}

func (s *section) draw(rng *rand.Rand) []float32 {
	flat := make([]float32, 0, s.size)
	for _, p := range s.params {
		for range p.Size() {
			flat = append(flat, p.Init.draw(rng))
		}
	}
	return flat
}

// Of returns the values of the parameter or statistic with the given name, without copying them, or nil if there is none.
func (w *Weights) Of(name string) []float32 {
	if x := w.Layout.learned.of(name, w.Params); x != nil {
		return x
	}
	return w.Layout.statistics.of(name, w.Statistics)
}
