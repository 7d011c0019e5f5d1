package network

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/internal/conv"
)

// signature describes which inputs and fields an operation has.
type signature struct {
	fewest, most int  // number of inputs
	named        bool // whether it has a name and parameters

	kernel, stride, dilation, from, norm bool
}

var signatures = map[string]signature{
	OpConv:          {fewest: 1, most: 1, named: true, kernel: true, stride: true, dilation: true},
	OpDepthwiseConv: {fewest: 1, most: 1, named: true, kernel: true, stride: true, dilation: true},
	OpLinear:        {fewest: 1, most: 1, named: true},
	OpBatchNorm:     {fewest: 1, most: 1, named: true, norm: true},
	OpReLU:          {fewest: 1, most: 1},
	OpMaxPool:       {fewest: 1, most: 1, kernel: true, stride: true},
	OpAvgPool:       {fewest: 1, most: 1, kernel: true, stride: true},
	OpGlobalAvgPool: {fewest: 1, most: 1},
	OpSubsample:     {fewest: 1, most: 1, stride: true, from: true},
	OpSum:           {fewest: 2, most: math.MaxInt},
	OpAverage:       {fewest: 2, most: math.MaxInt},
	OpWeightedSum:   {fewest: 1, most: math.MaxInt, named: true},
	OpConcat:        {fewest: 2, most: math.MaxInt},
	OpFirstChannels: {fewest: 1, most: 1},
	OpZero:          {},
}

// Plan returns the plan that the document describes. The error names the faulty operation or parameter. It wraps [ErrFormat], and
// [ErrShape] or [ErrTooLarge] in the same cases as that of [NewPlan].
func (d *Document) Plan() (*Plan, error) {
	if d.Version < 1 || d.Version > DocumentVersion {
		return nil, fmt.Errorf("plan: %w: %w", ErrFormat, versionError(d.Version))
	}
	p, err := d.plan()
	if err != nil {
		return nil, fmt.Errorf("plan: %w: %w", ErrFormat, err)
	}
	return p, nil
}

func (d *Document) plan() (*Plan, error) {
	b, err := newBuilder(d.Input)
	if err != nil {
		return nil, err
	}
	values := []Value{b.Images()}
	for i, o := range d.Operations {
		v, err := o.draw(b, values)
		if err != nil {
			return nil, fmt.Errorf("operation %d, %s: %w", i, o.describe(), err)
		}
		values = append(values, v)
	}
	if err := d.takeInits(b.params); err != nil {
		return nil, err
	}
	if d.Logits < 0 || d.Logits >= len(values) {
		return nil, fmt.Errorf("logits must be the number of a value, from 0 to %d, got %d", len(values)-1, d.Logits)
	}
	return b.plan(d.Arch, values[d.Logits])
}

// takeInits copies the Init of each parameter from the document, which must list the same parameters.
func (d *Document) takeInits(params []Parameter) error {
	if len(d.Parameters) != len(params) {
		return fmt.Errorf("%w: the document lists %d parameters, but its operations have %d", ErrShape, len(d.Parameters), len(params))
	}
	for i, listed := range d.Parameters {
		want := &params[i]
		if listed.Name != want.Name || !slices.Equal(listed.Shape, want.Shape) || listed.Statistic != want.Statistic {
			return fmt.Errorf("%w: parameter %d must be %q of shape %v with statistic %t, got %q of shape %v with statistic %t", ErrShape, i,
				want.Name, want.Shape, want.Statistic, listed.Name, listed.Shape, listed.Statistic)
		}
		if err := listed.Init.validate(); err != nil {
			return fmt.Errorf("parameter %q: %w", listed.Name, err)
		}
		want.Init = listed.Init
	}
	return nil
}

// describe names the operation in messages.
func (o Operation) describe() string {
	if o.Name == "" {
		return fmt.Sprintf("%q", o.Op)
	}
	return fmt.Sprintf("%q called %q", o.Op, o.Name)
}

// draw adds the operation to a network. values are the values computed so far.
func (o Operation) draw(b *Builder, values []Value) (Value, error) {
	if err := o.validate(); err != nil {
		return Value{}, err
	}
	inputs := make([]Value, len(o.Inputs))
	for i, id := range o.Inputs {
		if id < 0 || id >= len(values) {
			return Value{}, fmt.Errorf("an input must be the number of an earlier value, from 0 to %d, got %d", len(values)-1, id)
		}
		inputs[i] = values[id]
	}
	nodes := len(b.nodes)
	v := o.apply(b, inputs)
	if b.err != nil {
		return Value{}, b.err
	}
	if got := shapeOf(v.size); !slices.Equal(o.Shape, got) {
		return Value{}, fmt.Errorf("%w: the shape must be %v, got %v", ErrShape, got, o.Shape)
	}
	if len(b.nodes) != nodes+1 {
		return Value{}, errors.New("the operation has no effect: it returns its input")
	}
	return v, nil
}

func shapeOf(size conv.Image) []int { return []int{size.Channels, size.Height, size.Width} }

// validate checks everything that does not depend on the rest of the network.
func (o Operation) validate() error {
	s, ok := signatures[o.Op]
	if !ok {
		return errors.New("the operation is unknown")
	}
	if n := len(o.Inputs); n < s.fewest || n > s.most {
		return fmt.Errorf("%d inputs: %s", n, s.wantedInputs())
	}
	if len(o.Shape) != 3 || slices.Min(o.Shape) < 1 || slices.Max(o.Shape) > maxValues {
		return fmt.Errorf("the shape must be three numbers from 1 to %d, got %v", maxValues, o.Shape)
	}
	for _, number := range []struct {
		name    string
		has     bool
		value   int
		minimum int
	}{
		{"kernel", s.kernel, o.Kernel, 1}, {"stride", s.stride, o.Stride, 1}, {"dilation", s.dilation, o.Dilation, 1}, {"from", s.from, o.From, 0},
	} {
		switch {
		case !number.has && number.value != 0:
			return fmt.Errorf("the operation has no %q", number.name)
		case number.has && number.value < number.minimum:
			return fmt.Errorf("%q must be at least %d, got %d", number.name, number.minimum, number.value)
		}
	}
	if !s.named && o.Name != "" {
		return errors.New("the operation has no parameters, so it must have no name")
	}
	return o.validateNorm(s.norm)
}

func (s signature) wantedInputs() string {
	if s.fewest == s.most {
		return fmt.Sprintf("there must be %d", s.fewest)
	}
	return fmt.Sprintf("there must be at least %d", s.fewest)
}

func (o Operation) validateNorm(norm bool) error {
	if !norm {
		if o.Epsilon != 0 || o.Momentum != 0 || o.Mode != "" {
			return errors.New("the operation has no epsilon, momentum or mode")
		}
		return nil
	}
	switch {
	case !(o.Epsilon > 0 && o.Epsilon <= 1):
		return fmt.Errorf("epsilon must be more than 0 and at most 1, got %v", o.Epsilon)
	case !(o.Momentum > 0 && o.Momentum <= 1):
		return fmt.Errorf("momentum must be more than 0 and at most 1, got %v", o.Momentum)
	case o.Mode != ModeRunning:
		return fmt.Errorf("mode must be %q, got %q", ModeRunning, o.Mode)
	}
	return nil
}

// apply calls the Builder method for a valid operation.
func (o Operation) apply(b *Builder, inputs []Value) Value {
	var x Value
	if len(inputs) > 0 {
		x = inputs[0]
	}
	k := Kernel{Size: o.Kernel, Stride: o.Stride, Dilation: o.Dilation}
	switch o.Op {
	case OpConv:
		if !k.valid() {
			return b.fail("kernels must be odd and at most %d, got %d", maxKernel, o.Kernel)
		}
		return b.conv(o.Name, x, o.Shape[0], k)
	case OpDepthwiseConv:
		return b.Depthwise(o.Name, x, k)
	case OpLinear:
		return b.Linear(o.Name, x, o.Shape[0])
	case OpBatchNorm:
		return b.batchNorm(o.Name, x, o.Epsilon, o.Momentum)
	case OpReLU:
		return b.relu(x)
	case OpMaxPool:
		return b.MaxPool(x, o.Kernel, o.Stride)
	case OpAvgPool:
		return b.AvgPool(x, o.Kernel, o.Stride)
	case OpGlobalAvgPool:
		return b.GlobalAvgPool(x)
	case OpSubsample:
		return b.Subsample(x, o.Stride, o.From)
	case OpSum:
		return b.Sum(inputs...)
	case OpAverage:
		return b.Average(inputs...)
	case OpWeightedSum:
		return b.WeightedSum(o.Name, inputs...)
	case OpConcat:
		return b.Concat(inputs...)
	case OpFirstChannels:
		return b.First(x, o.Shape[0])
	default: // OpZero
		return b.zero(conv.Image{Channels: o.Shape[0], Height: o.Shape[1], Width: o.Shape[2]})
	}
}
