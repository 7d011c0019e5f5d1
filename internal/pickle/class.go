package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/nlpodyssey/gopickle/types"
)

// class is a class that a pickle may name.
type class struct {
	module, name string
	takes        func(kind) bool // reports whether a call accepts arguments of the kind
	makes        kind            // kind of the result of a call
	callable     types.Callable  // executes the call
}

// classes lists all such classes: those in the benchmark's files, under their names in numpy 1 and
// 2, and those by which protocol 2 encodes bytes.
var classes = [...]class{
	{"collections", "OrderedDict", empty.is, dict, &types.OrderedDictClass{}},
	{"numpy", "dtype", tuple.is, dtype, call(newDataType)},
	{"numpy.core.multiarray", "scalar", tuple.is, atom, call(newScalar)},
	{"numpy._core.multiarray", "scalar", tuple.is, atom, call(newScalar)},
	{"_codecs", "encode", tuple.is, atom, call(encode)},
	{"__builtin__", "bytes", empty.is, atom, call(noBytes)},
}

// ErrTensors is wrapped by the error for a pickle with tensors or other PyTorch objects, such as
// trained weights.
var ErrTensors = errors.New("it contains objects of PyTorch, such as trained weights")

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
	return 0, fmt.Errorf("class %.80q is not supported, because it is not plain data", module+"."+name)
}

// findClass returns the class requested by gopickle.
func findClass(module, name string) (any, error) {
	k, err := classKind(module, name)
	if err != nil {
		return nil, err
	}
	return classes[k-firstClass].callable, nil
}

// call is a function as a Callable.
type call func(arguments []any) (any, error)

// Call calls c.
func (c call) Call(arguments ...any) (any, error) { return c(arguments) }

// dataType is a numpy data type of little-endian numbers.
type dataType struct{ name string }

// newDataType implements numpy.dtype(name, …).
func newDataType(arguments []any) (any, error) {
	if len(arguments) > 0 {
		if name, ok := arguments[0].(string); ok {
			return &dataType{name}, nil
		}
	}
	return nil, errors.New("numpy.dtype: the name is missing")
}

// PySetState checks the rest of the description: (version, byte order, …).
func (*dataType) PySetState(state any) error {
	if t, ok := state.(*types.Tuple); !ok || t.Len() < 2 || t.Get(1) != any("<") {
		return errors.New("numpy.dtype: the byte order must be little-endian")
	}
	return nil
}

// newScalar implements numpy's scalar(data type, bytes). It returns the number.
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
	return nil, errors.New("a numpy scalar must have the type f8, f4 or i8")
}

// noBytes implements bytes(), the form of empty bytes.
func noBytes([]any) (any, error) { return []byte{}, nil }

// encode implements _codecs.encode(string, "latin1"), which converts each character to a byte.
func encode(arguments []any) (any, error) {
	if len(arguments) != 2 || arguments[1] != any("latin1") {
		return nil, errors.New("_codecs.encode: the encoding must be latin1")
	}
	s, ok := arguments[0].(string)
	if !ok {
		return nil, errors.New("_codecs.encode: the argument must be a string")
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > math.MaxUint8 {
			return nil, errors.New("_codecs.encode: the string must contain only latin1 characters")
		}
		b = append(b, byte(r))
	}
	return b, nil
}
