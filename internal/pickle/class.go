package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/nlpodyssey/gopickle/types"
)

// class is one of the classes that a pickle may name.
type class struct {
	module, name string
	takes        func(kind) bool // reports whether a call takes arguments of the kind
	makes        kind            // of the result of a call
	callable     types.Callable  // runs the call
}

// classes are all of them: those in the benchmark's files, under their names in numpy 1 and 2, and the one that protocol 2
// makes bytes with.
var classes = [...]class{
	{"collections", "OrderedDict", empty.is, dict, &types.OrderedDictClass{}},
	{"numpy", "dtype", tuple.is, dtype, call(newDataType)},
	{"numpy.core.multiarray", "scalar", tuple.is, atom, call(newScalar)},
	{"numpy._core.multiarray", "scalar", tuple.is, atom, call(newScalar)},
	{"_codecs", "encode", tuple.is, atom, call(encode)},
}

// ErrTensors is wrapped by the error for a pickle that holds tensors or other objects of PyTorch, such as trained weights.
var ErrTensors = errors.New("it holds objects of PyTorch, such as trained weights")

// classKind returns the kind of a class.
func classKind(module, name string) (kind, error) {
	for i, c := range classes {
		if c.module == module && c.name == name {
			return firstClass + kind(i), nil
		}
	}
	if module == "torch" || strings.HasPrefix(module, "torch.") {
		return 0, fmt.Errorf("class %.80q: %w", module+"."+name, ErrTensors)
	}
	return 0, fmt.Errorf("class %.80q is not one of plain data", module+"."+name)
}

// findClass returns the class that gopickle asks for.
func findClass(module, name string) (any, error) {
	k, err := classKind(module, name)
	if err != nil {
		return nil, err
	}
	return classes[k-firstClass].callable, nil
}

// call makes a Callable of a function.
type call func(arguments []any) (any, error)

// Call calls c.
func (c call) Call(arguments ...any) (any, error) { return c(arguments) }

// dataType is a numpy data type, of numbers in the byte order of the common machines.
type dataType struct{ name string }

// newDataType is numpy.dtype(name, …).
func newDataType(arguments []any) (any, error) {
	if len(arguments) > 0 {
		if name, ok := arguments[0].(string); ok {
			return &dataType{name}, nil
		}
	}
	return nil, errors.New("numpy.dtype: no name")
}

// PySetState checks the rest of the description: (version, byte order, …).
func (*dataType) PySetState(state any) error {
	if t, ok := state.(*types.Tuple); !ok || t.Len() < 2 || t.Get(1) != any("<") {
		return errors.New("numpy.dtype: not in little-endian order")
	}
	return nil
}

// newScalar is numpy's scalar(data type, bytes). It returns the number.
func newScalar(arguments []any) (any, error) {
	if len(arguments) == 2 {
		t, _ := arguments[0].(*dataType)
		b, _ := arguments[1].([]byte)
		switch {
		case t == nil:
		case t.name == "f8" && len(b) == 8:
			return math.Float64frombits(binary.LittleEndian.Uint64(b)), nil
		case t.name == "f4" && len(b) == 4:
			return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))), nil
		case t.name == "i8" && len(b) == 8:
			return int(binary.LittleEndian.Uint64(b)), nil
		}
	}
	return nil, errors.New("a numpy scalar is not of the types f8, f4 and i8")
}

// encode is _codecs.encode(string, "latin1"), which makes a byte of each character.
func encode(arguments []any) (any, error) {
	if len(arguments) != 2 || arguments[1] != any("latin1") {
		return nil, errors.New("_codecs.encode: not to latin1")
	}
	s, ok := arguments[0].(string)
	if !ok {
		return nil, errors.New("_codecs.encode: not of a string")
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > math.MaxUint8 {
			return nil, errors.New("_codecs.encode: not in latin1")
		}
		b = append(b, byte(r))
	}
	return b, nil
}
