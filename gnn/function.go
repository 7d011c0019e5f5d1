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

// ErrShape is wrapped by the error of a layer whose inputs have incompatible shapes.
var ErrShape = errors.New("shapes do not match")

// Function is a differentiable function of float32 tensors with a hand-written derivative. [Apply]
// turns it into one operation of a Gorgonia graph. It may be a single layer, or a whole network
// with its loss.
//
// Gorgonia's machines wrap the errors of Forward and Backward in a type that does not implement
// Unwrap; its method Err returns the error.
//
// A Function can be applied once. Its methods are called by one goroutine at a time, Forward before
// Backward.
type Function interface {
	// Name returns the name of the operation in messages and drawings.
	Name() string
	// Shape returns the shape of the result (no dimensions for a scalar), or an error if the inputs have the
	// wrong shapes.
	Shape(inputs []tensor.Shape) (tensor.Shape, error)
	// Forward computes the result into out. Tensors are row-major; a scalar is a slice of length
	// one.
	Forward(out []float32, inputs [][]float32) error
	// Backward computes the gradients of a scalar with respect to the inputs into din, given its
	// gradient dout with respect to the result.
	Backward(din [][]float32, inputs [][]float32, out, dout []float32) error
}

// Apply adds f to the graph of its inputs, all of which must be float32.
//
// Gorgonia differentiates symbolically, with one node for each input's gradient. So that a backward pass with
// several gradients runs only once, Apply makes it a single node. The node's value is the concatenation of all
// gradients, and each gradient is a slice of it.
func Apply(f Function, inputs ...*G.Node) (*G.Node, error) {
	op := &forwardOp{base: newBase(f, inputs)}
	for i, n := range inputs {
		if n.Dtype() != tensor.Float32 {
			return nil, fmt.Errorf("%s: input %d must be float32, got %v", f.Name(), i, n.Dtype())
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

// base is shared by the operations of one Function.
type base struct {
	f      Function
	id     uint64 // Gorgonia merges operations with equal hashes, but each Function has its own data
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

// typeOf returns Gorgonia's type of a float32 tensor with the given shape.
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
	result G.Value // reused by every run, because a machine forgets its values when it is reset
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

// Do computes into the same value in every run.
func (op *forwardOp) Do(inputs ...G.Value) (G.Value, error) {
	if op.result == nil {
		op.result = newValue(op.out)
	}
	return op.UsePreallocDo(op.result, inputs...)
}

// UsePreallocDo computes into a value provided by the machine.
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

// DiffWRT reports that every input has a gradient.
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

// backwardOp is Function.Backward as a Gorgonia operation: inputs, output and its gradient → all
// gradients in a flat vector.
type backwardOp struct {
	base
	total  int
	result G.Value // reused by every run
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

// Do computes into the same vector in every run.
func (op *backwardOp) Do(inputs ...G.Value) (G.Value, error) {
	if op.result == nil {
		op.result = newValue(tensor.Shape{op.total})
	}
	return op.UsePreallocDo(op.result, inputs...)
}

// UsePreallocDo computes into a vector provided by the machine.
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

// sectionOp copies part of a flat vector to a value with its own shape.
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
