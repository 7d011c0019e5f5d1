package network

import (
	"errors"
	"fmt"
	"slices"

	"github.com/graphpnas/graphpnas/internal/conv"
)

// ErrShape is wrapped by errors about values, images or weights with the wrong shape, and about impossible operations.
var ErrShape = errors.New("shapes do not match")

// Input describes the images that a network classifies: Channels × Height × Width values each, in one of Classes classes.
type Input struct {
	Channels int `json:"channels"`
	Height   int `json:"height"`
	Width    int `json:"width"`
	Classes  int `json:"classes"`
}

// Value is a symbolic Height × Width × Channels tensor for each image. The methods of a Builder create and combine values. A
// Builder rejects a zero Value and values of other networks.
type Value struct {
	network *drawing // the network that it belongs to
	id      int
	size    conv.Image
}

// Channels returns the number of values of a pixel.
func (v Value) Channels() int { return v.size.Channels }

// Height returns the number of rows.
func (v Value) Height() int { return v.size.Height }

// Width returns the number of columns.
func (v Value) Width() int { return v.size.Width }

// Kernel is the square kernel of a convolution. The image is padded with zeros so that the height and width of the result are
// those of the image divided by the stride, rounded up.
type Kernel struct {
	// Size is the number of rows and of columns. It must be odd and at most 15.
	Size int
	// Stride is the distance between windows in pixels; 0 means 1.
	Stride int
	// Dilation is the distance between the pixels of a window; 0 means 1.
	Dilation int
}

// over returns the windows of the kernel over an image.
func (k Kernel) over(in conv.Image) conv.Window {
	w := conv.Window{Size: k.Size, Stride: min(max(k.Stride, 1), beyond(in)), Dilation: min(max(k.Dilation, 1), beyond(in))}
	w.Padding = w.Span() / 2
	return w
}

// beyond returns a distance that leads from any pixel of an image to a position outside it. Larger
// distances have the same effect, but need more memory and could overflow counts.
func beyond(in conv.Image) int { return max(in.Height, in.Width) + 1 }

func (k Kernel) valid() bool {
	return k.Size > 0 && k.Size%2 == 1 && k.Size <= maxKernel && k.Stride >= 0 && k.Dilation >= 0
}

// The maximum size of a kernel, the maximum number of values of an image in any layer (half a
// gigabyte), and the maximum number of parameters (four terabytes). Within these limits no count
// overflows.
const (
	maxKernel = 15
	maxValues = 1 << 27
	maxParams = 1 << 40
)

// validKernel describes a valid Kernel for errors.
var validKernel = fmt.Sprintf("kernel of odd size from 1 to %d without negative stride or dilation", maxKernel)

// Builder describes a network, operation by operation, without computing anything. It keeps the first error and ignores later
// calls, so a Design need not check for errors between calls.
//
// The name of a layer is the prefix of the names of its parameters, which must be unique in a network.
type Builder struct {
	*drawing
	prefix string
}

// drawing is the state that all Builders of a network share.
type drawing struct {
	input  Input
	sizes  []conv.Image // the size of each value
	nodes  []*node
	params []Parameter
	total  float64 // number of values in all parameters
	names  map[string]bool
	relus  map[Value]Value // the ReLU of each value that has one
	plain  bool            // whether batch normalization is left out
	err    error
}

// node is one operation of a network.
type node struct {
	id     int
	layer  layer
	inputs []int // the values that it reads
	output int   // the value that it computes
	params []int // indices into the network's parameters
	flops  int64 // multiplications per image
}

// newBuilder returns a Builder of a network that consists only of its images, which are value 0.
func newBuilder(in Input) (*Builder, error) {
	if min(in.Channels, in.Height, in.Width, in.Classes) < 1 {
		return nil, fmt.Errorf("%w: images must have at least one channel, row, column and class, got %d×%d×%d of %d classes", ErrShape, in.Channels, in.Height, in.Width, in.Classes)
	}
	if product(in.Channels, in.Height, in.Width) > maxValues || in.Classes > maxValues {
		return nil, fmt.Errorf("%w: images %d×%d×%d of %d classes", ErrTooLarge, in.Channels, in.Height, in.Width, in.Classes)
	}
	d := &drawing{input: in, names: map[string]bool{}, relus: map[Value]Value{}}
	d.sizes = append(d.sizes, conv.Image{Height: in.Height, Width: in.Width, Channels: in.Channels})
	return &Builder{drawing: d}, nil
}

// product returns a product as a float64, which cannot overflow.
func product(factors ...int) float64 {
	p := 1.0
	for _, f := range factors {
		p *= float64(f)
	}
	return p
}

// Images returns the network's input images.
func (b *Builder) Images() Value { return Value{b.drawing, 0, b.sizes[0]} }

// Classes returns the number of classes, and thus of logits.
func (b *Builder) Classes() int { return b.input.Classes }

// In returns a Builder of the same network that adds a prefix, the formatted name and a dot, to the names of its layers.
func (b *Builder) In(format string, args ...any) *Builder {
	return &Builder{b.drawing, b.prefix + fmt.Sprintf(format, args...) + "."}
}

// fail records an error if it is the first.
func (b *Builder) fail(format string, args ...any) Value {
	if b.err == nil {
		b.err = fmt.Errorf("%w: %s", ErrShape, fmt.Sprintf(format, args...))
	}
	return Value{}
}

// check fails unless all values belong to this network.
func (b *Builder) check(values ...Value) {
	for _, v := range values {
		switch v.network {
		case b.drawing:
		case nil:
			b.fail("a design must use values that the methods of its Builder have returned, got a zero Value; it may lack a case for an operation")
		default:
			b.fail("a design must use values that the methods of its Builder have returned, got a value of another network")
		}
	}
}

// add adds an operation whose result has the given size.
func (b *Builder) add(l layer, size conv.Image, flops int64, params []int, inputs ...Value) Value {
	if b.check(inputs...); b.err != nil {
		return Value{}
	}
	if product(size.Channels, size.Height, size.Width) > maxValues {
		b.err = fmt.Errorf("%w: the result of a layer is %d×%d×%d", ErrTooLarge, size.Channels, size.Height, size.Width)
		return Value{}
	}
	n := &node{id: len(b.nodes), layer: l, output: len(b.sizes), params: params, flops: flops}
	for _, v := range inputs {
		n.inputs = append(n.inputs, v.id)
	}
	b.sizes = append(b.sizes, size)
	b.nodes = append(b.nodes, n)
	return Value{b.drawing, n.output, size}
}

// param adds a parameter and returns its index.
func (b *Builder) param(name string, init Init, shape ...int) int {
	name = b.prefix + name
	if b.names[name] {
		b.fail("the names of parameters must be unique, but two are called %q", name)
	}
	if b.total += product(shape...); b.total > maxParams && b.err == nil {
		b.err = fmt.Errorf("%w: more than %d parameters, including %q", ErrTooLarge, int64(maxParams), name)
	}
	b.names[name] = true
	b.params = append(b.params, Parameter{Name: name, Shape: shape, Init: init})
	return len(b.params) - 1
}

// Conv adds a convolution over all channels, without bias, whose result has the given number of channels. With a kernel of one
// pixel and a stride, it adds a Subsample followed by a convolution with stride 1.
func (b *Builder) Conv(name string, x Value, channels int, k Kernel) Value {
	if !k.valid() || channels < 1 {
		return b.fail("convolution %q must have at least 1 channel and a %s, got %d channels and kernel %+v", b.prefix+name, validKernel, channels, k)
	}
	if k.Size == 1 && k.Stride > 1 {
		x, k = b.Subsample(x, k.Stride, 0), Kernel{Size: 1}
	}
	return b.conv(name, x, channels, k)
}

// conv adds a convolution as one operation, for any stride.
func (b *Builder) conv(name string, x Value, channels int, k Kernel) Value {
	l := dense{conv.Dense{In: x.size, Channels: channels, Window: k.over(x.size)}}
	weights := int64(l.Weights())
	p := b.param(name+".weight", heFanOut(k.Size*k.Size*channels), k.Size, k.Size, x.Channels(), channels)
	return b.add(l, l.Out(), weights*int64(l.Out().Pixels()), []int{p}, x)
}

// Depthwise adds a convolution of each channel separately, without bias.
func (b *Builder) Depthwise(name string, x Value, k Kernel) Value {
	if !k.valid() {
		return b.fail("convolution %q must have a %s, got kernel %+v", b.prefix+name, validKernel, k)
	}
	l := depthwise{conv.Depthwise{In: x.size, Window: k.over(x.size)}}
	p := b.param(name+".weight", heFanOut(k.Size*k.Size), k.Size, k.Size, x.Channels())
	return b.add(l, l.Out(), int64(l.Weights())*int64(l.Out().Pixels()), []int{p}, x)
}

// Linear adds a linear layer with bias, from the channels of x to outputs channels. x must have a
// single pixel, like the result of GlobalAvgPool.
func (b *Builder) Linear(name string, x Value, outputs int) Value {
	if x.size.Pixels() != 1 {
		return b.fail("the input of linear layer %q must be a single pixel, got %d×%d", b.prefix+name, x.Height(), x.Width())
	}
	if outputs < 1 {
		return b.fail("linear layer %q must have at least 1 output, got %d", b.prefix+name, outputs)
	}
	in := x.Channels()
	w := b.param(name+".weight", uniformFanIn(in), in, outputs)
	bias := b.param(name+".bias", uniformFanIn(in), outputs)
	return b.add(linear{in, outputs}, conv.Image{Height: 1, Width: 1, Channels: outputs}, int64(in+1)*int64(outputs), []int{w, bias}, x)
}

// BatchNorm normalizes each channel, by the moments of the batch in training and by the running
// statistics in evaluation, and then applies a learned scale and shift.
func (b *Builder) BatchNorm(name string, x Value) Value {
	if b.plain {
		return x
	}
	return b.batchNorm(name, x, normEpsilon, normMomentum)
}

func (b *Builder) batchNorm(name string, x Value, epsilon, momentum float64) Value {
	c := x.Channels()
	scale, shift := b.param(name+".weight", constant(1), c), b.param(name+".bias", constant(0), c)
	mean, variance := b.param(name+".running_mean", constant(0), c), b.param(name+".running_var", constant(1), c)
	b.params[mean].Statistic, b.params[variance].Statistic = true, true
	l := &norm{conv.Norm{Channels: c, Epsilon: epsilon}, momentum}
	return b.add(l, x.size, 0, []int{scale, shift, mean, variance}, x)
}

// ReLU returns max(x, 0). Repeated calls with the same value return the same result.
func (b *Builder) ReLU(x Value) Value {
	if y, ok := b.relus[x]; ok {
		return y
	}
	y := b.relu(x)
	b.relus[x] = y
	return y
}

// relu adds a ReLU even if the value already has one.
func (b *Builder) relu(x Value) Value { return b.add(relu{}, x.size, 0, nil, x) }

// MaxPool returns the maximum of each window of size × size pixels, not counting pixels outside the image. The height and
// width of the result are those of the image divided by the stride, rounded up. Window i begins at pixel i·stride − ⌊(size
// − 1)/2⌋.
func (b *Builder) MaxPool(x Value, size, stride int) Value {
	p, ok := b.pool(x, size, stride)
	if !ok {
		return Value{}
	}
	return b.add(maxPool{p}, p.Out(), 0, nil, x)
}

// AvgPool returns the mean of each window, not counting pixels outside the image. Its windows are those of MaxPool.
func (b *Builder) AvgPool(x Value, size, stride int) Value {
	p, ok := b.pool(x, size, stride)
	if !ok {
		return Value{}
	}
	return b.add(avgPool{p}, p.Out(), 0, nil, x)
}

func (b *Builder) pool(x Value, size, stride int) (conv.Pool, bool) {
	p := conv.Pool{In: x.size, Size: min(size, 2*beyond(x.size)), Stride: min(stride, beyond(x.size))}
	if size < 1 || stride < 1 {
		b.fail("the size and the stride of a pooling must be at least 1, got %d and %d", size, stride)
		return p, false
	}
	return p, true
}

// GlobalAvgPool returns the mean over all pixels, as a value with a single pixel.
func (b *Builder) GlobalAvgPool(x Value) Value {
	return b.add(globalPool{x.size}, conv.Image{Height: 1, Width: 1, Channels: x.Channels()}, 0, nil, x)
}

// Subsample returns the pixels from, from+stride, … of the rows and of the columns. The height and width of the result are those
// of the image divided by the stride, rounded up; pixels outside the image are zero.
func (b *Builder) Subsample(x Value, stride, from int) Value {
	if stride < 1 || from < 0 || from >= stride {
		return b.fail("Subsample must have 0 ≤ from < stride, got from %d with stride %d", from, stride)
	}
	s := conv.Stride{In: x.size, Step: min(stride, beyond(x.size)), From: min(from, beyond(x.size)-1)}
	return b.add(subsample{s}, s.Out(), 0, nil, x)
}

// Sum returns the sum of values of equal size.
func (b *Builder) Sum(terms ...Value) Value { return b.sum(1, terms) }

// Average returns the mean of values of equal size.
func (b *Builder) Average(terms ...Value) Value { return b.sum(1/float32(len(terms)), terms) }

func (b *Builder) sum(factor float32, terms []Value) Value {
	if len(terms) == 0 || slices.ContainsFunc(terms, func(v Value) bool { return v.size != terms[0].size }) {
		return b.fail("a sum must have at least one term, and all of the same size, got sizes %v", sizes(terms))
	}
	if len(terms) == 1 {
		return terms[0]
	}
	return b.add(sum{factor}, terms[0].size, 0, nil, terms...)
}

// WeightedSum returns the sum of values of equal size, each multiplied by the sigmoid of a learned parameter.
func (b *Builder) WeightedSum(name string, terms ...Value) Value {
	if len(terms) == 0 || slices.ContainsFunc(terms, func(v Value) bool { return v.size != terms[0].size }) {
		return b.fail("a sum must have at least one term, and all of the same size, got sizes %v", sizes(terms))
	}
	p := b.param(name+".weight", constant(0), len(terms))
	return b.add(weightedSum{}, terms[0].size, 0, []int{p}, terms...)
}

// Concat concatenates the channels of values of equal height and width.
func (b *Builder) Concat(parts ...Value) Value {
	if len(parts) == 0 {
		return b.fail("a concatenation must have at least one part")
	}
	size := parts[0].size
	for _, v := range parts[1:] {
		if v.Height() != size.Height || v.Width() != size.Width {
			return b.fail("the parts of a concatenation must have the same height and width, got sizes %v", sizes(parts))
		}
		size.Channels += v.Channels()
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return b.add(concat{}, size, 0, nil, parts...)
}

// First returns the given number of leading channels of a value.
func (b *Builder) First(x Value, channels int) Value {
	if channels < 1 || channels > x.Channels() {
		return b.fail("First must keep from 1 to %d channels, got %d", x.Channels(), channels)
	}
	if channels == x.Channels() {
		return x
	}
	size := x.size
	size.Channels = channels
	return b.add(first{}, size, 0, nil, x)
}

// Zero returns a zero tensor with the shape of like.
func (b *Builder) Zero(like Value) Value {
	b.check(like)
	return b.zero(like.size)
}

func (b *Builder) zero(size conv.Image) Value { return b.add(zero{}, size, 0, nil) }

func sizes(values []Value) []conv.Image {
	all := make([]conv.Image, len(values))
	for i, v := range values {
		all[i] = v.size
	}
	return all
}
