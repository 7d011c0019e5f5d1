package gnn

import (
	"errors"
	"fmt"
	"hash"
	"hash/fnv"
	"sync/atomic"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// ErrShape is wrapped by the errors of layers whose inputs do not fit together.
var ErrShape = errors.New("shapes do not fit")

// Function is a differentiable function of float32 tensors with a derivative written by hand. [Apply] makes it one
// operation of a Gorgonia graph, however much it computes: a layer, or a whole network with its loss.
//
// Gorgonia's machines wrap the errors of its passes in a type that errors.Is does not see through; its method Err does.
//
// A Function is applied once, and its passes are called by one goroutine at a time, Forward before Backward.
type Function interface {
	// Name is what the operation is called in messages and drawings.
	Name() string
	// Shape returns the shape of the result (no dimension at all for a scalar), or says why the inputs do not fit.
	Shape(inputs []tensor.Shape) (tensor.Shape, error)
	// Forward writes the result. Tensors are row-major; a scalar is a slice of one.
	Forward(out []float32, inputs [][]float32) error
	// Backward is given the gradient dout of a scalar in the result and writes the gradient in every input to din.
	Backward(din [][]float32, inputs [][]float32, out, dout []float32) error
}

// Apply puts f into the graph of its inputs, all float32.
//
// Gorgonia differentiates symbolically, one node for each input's gradient. So that a backward pass which yields several
// gradients runs only once, it is one node that holds all of them behind one another in a flat vector, of which each
// gradient is a section.
func Apply(f Function, inputs ...*G.Node) (*G.Node, error) {
	op := &forwardOp{base: newBase(f, inputs)}
	for i, n := range inputs {
		if n.Dtype() != tensor.Float32 {
			return nil, fmt.Errorf("%s: input %d is %v, not float32", f.Name(), i, n.Dtype())
		}
	}
	shape, err := f.Shape(op.shapes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	op.out = shape
	result, err := G.ApplyOp(op, inputs...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return result, nil
}

// base is what the operations of one Function share.
type base struct {
	f      Function
	id     uint64 // Gorgonia merges operations of equal hash, and a Function holds data of its own
	shapes []tensor.Shape
	out    tensor.Shape
}

var lastID atomic.Uint64

func newBase(f Function, inputs []*G.Node) base {
	b := base{f: f, id: lastID.Add(1), shapes: make([]tensor.Shape, len(inputs))}
	for i, n := range inputs {
		b.shapes[i] = n.Shape().Clone()
	}
	return b
}

// typeOf is Gorgonia's type of a float32 tensor of the given shape.
func typeOf(s tensor.Shape) hm.Type {
	if len(s) == 0 {
		return tensor.Float32
	}
	return G.TensorType{Dims: len(s), Of: tensor.Float32}
}

func functionType(in []tensor.Shape, out tensor.Shape) hm.Type {
	types := make([]hm.Type, 0, len(in)+1)
	for _, s := range in {
		types = append(types, typeOf(s))
	}
	return hm.NewFnType(append(types, typeOf(out))...)
}

func hashOf(h hash.Hash32, write func(hash.Hash)) uint32 {
	write(h)
	return h.Sum32()
}

// forwardOp is Function.Forward as a Gorgonia operation.
type forwardOp struct {
	base
	result G.Value // of every run: a machine that is reset forgets the values it had
}

func (op *forwardOp) Arity() int                                     { return len(op.shapes) }
func (op *forwardOp) Type() hm.Type                                  { return functionType(op.shapes, op.out) }
func (op *forwardOp) InferShape(...G.DimSizer) (tensor.Shape, error) { return op.out.Clone(), nil }
func (op *forwardOp) ReturnsPtr() bool                               { return true }
func (op *forwardOp) CallsExtern() bool                              { return false }
func (op *forwardOp) OverwritesInput() int                           { return -1 }
func (op *forwardOp) WriteHash(h hash.Hash)                          { fmt.Fprintf(h, "%s#%d", op.f.Name(), op.id) }
func (op *forwardOp) Hashcode() uint32                               { return hashOf(fnv.New32a(), op.WriteHash) }
func (op *forwardOp) String() string                                 { return op.f.Name() }

// Do computes into the same value at every run.
func (op *forwardOp) Do(inputs ...G.Value) (G.Value, error) {
	if op.result == nil {
		op.result = newValue(op.out)
	}
	return op.UsePreallocDo(op.result, inputs...)
}

// UsePreallocDo computes into a value that the machine provides.
func (op *forwardOp) UsePreallocDo(prealloc G.Value, inputs ...G.Value) (G.Value, error) {
	out, in, err := operands(prealloc, op.out, inputs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op.f.Name(), err)
	}
	if err := op.f.Forward(out, in); err != nil {
		return nil, fmt.Errorf("%s: %w", op.f.Name(), err)
	}
	return setScalar(prealloc, out), nil
}

// DiffWRT says that every input has a gradient.
func (op *forwardOp) DiffWRT(n int) []bool {
	all := make([]bool, n)
	for i := range all {
		all[i] = true
	}
	return all
}

// SymDiff adds the backward pass and the sections of its result.
func (op *forwardOp) SymDiff(inputs G.Nodes, output, grad *G.Node) (G.Nodes, error) {
	back := &backwardOp{base: op.base}
	for _, s := range op.shapes {
		back.total += s.TotalSize()
	}
	all, err := G.ApplyOp(back, append(append(G.Nodes{}, inputs...), output, grad)...)
	if err != nil {
		return nil, fmt.Errorf("%s: backward pass: %w", op.f.Name(), err)
	}
	if len(inputs) == 1 && len(op.shapes[0]) == 1 {
		return G.Nodes{all}, nil
	}
	grads := make(G.Nodes, len(inputs))
	start := 0
	for i, s := range op.shapes {
		section := &sectionOp{total: back.total, start: start, shape: s}
		if grads[i], err = G.ApplyOp(section, all); err != nil {
			return nil, fmt.Errorf("%s: gradient of input %d: %w", op.f.Name(), i, err)
		}
		start += s.TotalSize()
	}
	return grads, nil
}

// backwardOp is Function.Backward as a Gorgonia operation: inputs, output and its gradient → all gradients, flat.
type backwardOp struct {
	base
	total  int
	result G.Value // of every run
}

func (op *backwardOp) Arity() int { return len(op.shapes) + 2 }
func (op *backwardOp) Type() hm.Type {
	in := append(append([]tensor.Shape{}, op.shapes...), op.out, op.out)
	return functionType(in, tensor.Shape{op.total})
}
func (op *backwardOp) InferShape(...G.DimSizer) (tensor.Shape, error) {
	return tensor.Shape{op.total}, nil
}
func (op *backwardOp) ReturnsPtr() bool      { return true }
func (op *backwardOp) CallsExtern() bool     { return false }
func (op *backwardOp) OverwritesInput() int  { return -1 }
func (op *backwardOp) WriteHash(h hash.Hash) { fmt.Fprintf(h, "∂%s#%d", op.f.Name(), op.id) }
func (op *backwardOp) Hashcode() uint32      { return hashOf(fnv.New32a(), op.WriteHash) }
func (op *backwardOp) String() string        { return "∂" + op.f.Name() }

// Do computes into the same vector at every run.
func (op *backwardOp) Do(inputs ...G.Value) (G.Value, error) {
	if op.result == nil {
		op.result = newValue(tensor.Shape{op.total})
	}
	return op.UsePreallocDo(op.result, inputs...)
}

// UsePreallocDo computes into a vector that the machine provides.
func (op *backwardOp) UsePreallocDo(prealloc G.Value, inputs ...G.Value) (G.Value, error) {
	all, in, err := operands(prealloc, tensor.Shape{op.total}, inputs)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", op, err)
	}
	n := len(op.shapes)
	din := make([][]float32, n)
	for i, s := range op.shapes {
		size := s.TotalSize()
		din[i], all = all[:size:size], all[size:]
	}
	if err := op.f.Backward(din, in[:n], in[n], in[n+1]); err != nil {
		return nil, fmt.Errorf("%v: %w", op, err)
	}
	return prealloc, nil
}

// sectionOp copies part of a flat vector into a shape of its own.
type sectionOp struct {
	total, start int
	shape        tensor.Shape
}

func (op *sectionOp) Arity() int { return 1 }
func (op *sectionOp) Type() hm.Type {
	return functionType([]tensor.Shape{{op.total}}, op.shape)
}
func (op *sectionOp) InferShape(...G.DimSizer) (tensor.Shape, error) { return op.shape.Clone(), nil }
func (op *sectionOp) ReturnsPtr() bool                               { return true }
func (op *sectionOp) CallsExtern() bool                              { return false }
func (op *sectionOp) OverwritesInput() int                           { return -1 }
func (op *sectionOp) WriteHash(h hash.Hash) {
	fmt.Fprintf(h, "section %d+%v of %d", op.start, op.shape, op.total)
}
func (op *sectionOp) Hashcode() uint32 { return hashOf(fnv.New32a(), op.WriteHash) }
func (op *sectionOp) String() string   { return fmt.Sprintf("section %d+%v", op.start, op.shape) }

// Do copies into a new value.
func (op *sectionOp) Do(inputs ...G.Value) (G.Value, error) {
	v := newValue(op.shape)
	out, in, err := operands(v, op.shape, inputs)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", op, err)
	}
	copy(out, in[0][op.start:])
	return setScalar(v, out), nil
}
