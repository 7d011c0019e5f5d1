package generator

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrFormat is wrapped where a saved generator cannot be read: truncated, altered, or something else altogether.
var ErrFormat = errors.New("not a saved generator")

// ErrOtherSpace is wrapped where a saved generator is of another space than the one it is loaded for.
var ErrOtherSpace = errors.New("saved from another space")

// maxHeader bounds the header of a saved generator.
const maxHeader = 16 << 20

// saved is the header of a safetensors file: a tensor by name, and text under __metadata__.
type saved struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// savedModel is what a file says of a model, beside the weights. Weights fit where all of it is the same.
type savedModel struct {
	kind   string // of the model
	space  searchspace.Space
	config any // the sizes
}

// savedTensor is a parameter under its name in the file.
type savedTensor struct {
	name   string
	shape  []int
	values []float32
}

// tensors names the parameters that lie in flat according to the layout.
func tensors(prefix string, layout *nn.Layout, flat []float32) []savedTensor {
	list := make([]savedTensor, len(layout.Params))
	for i, p := range layout.Params {
		list[i] = savedTensor{prefix + p.Name, p.Shape(), p.In(flat)}
	}
	return list
}

// write writes a safetensors file: a header of JSON behind its length in eight bytes, then every weight in little-endian
// float32. The metadata holds the space, the sizes and a CRC-32 (IEEE) of the weights.
func (m savedModel) write(w io.Writer, tensors []savedTensor) error {
	var data []byte
	header := map[string]any{}
	for _, t := range tensors {
		start := len(data)
		for _, v := range t.values {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
		}
		header[t.name] = saved{"F32", t.shape, [2]int{start, len(data)}}
	}
	parts, err := json.Marshal(m.space.Parts())
	if err != nil {
		return fmt.Errorf("saving a generator: %w", err)
	}
	config, err := json.Marshal(m.config)
	if err != nil {
		return fmt.Errorf("saving a generator: %w", err)
	}
	header["__metadata__"] = map[string]string{
		"kind": m.kind, "space": m.space.Name(), "parts": string(parts), "config": string(config),
		"crc32": strconv.FormatUint(uint64(crc32.ChecksumIEEE(data)), 10),
	}
	text, err := json.Marshal(header)
	if err != nil {
		return fmt.Errorf("saving a generator: %w", err)
	}
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	file = append(append(file, text...), data...)
	if _, err := w.Write(file); err != nil {
		return fmt.Errorf("saving a generator: %w", err)
	}
	return nil
}

// savedWeights is the other part of a file: where its tensors lie, and their values.
type savedWeights struct {
	header map[string]saved
	data   []byte
}

// count returns how many weights there are.
func (s savedWeights) count() int { return len(s.data) / 4 }

// read reads a file of the same kind and space, and its sizes into m.config, a pointer.
func (m savedModel) read(r io.Reader) (savedWeights, error) {
	header, meta, data, err := readSaved(r, m.kind)
	if err != nil {
		return savedWeights{}, err
	}
	if err := json.Unmarshal([]byte(meta["config"]), m.config); err != nil {
		return savedWeights{}, fmt.Errorf("%w: sizes: %w", ErrFormat, err)
	}
	parts, err := json.Marshal(m.space.Parts())
	if err != nil {
		return savedWeights{}, err
	}
	if meta["space"] != m.space.Name() || meta["parts"] != string(parts) {
		return savedWeights{}, fmt.Errorf("%w: %q, not %q", ErrOtherSpace, meta["space"], m.space.Name())
	}
	return savedWeights{header, data}, nil
}

// fill copies the tensors' values out of the file.
func (s savedWeights) fill(tensors []savedTensor) error {
	for _, t := range tensors {
		if err := s.header[t.name].read(t.values, t.shape, s.data); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrFormat, t.name, err)
		}
	}
	return nil
}

// readSaved reads a safetensors file of the given kind and checks it as a whole.
func readSaved(r io.Reader, kind string) (header map[string]saved, meta map[string]string, data []byte, err error) {
	var size [8]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, nil, nil, fmt.Errorf("%w: length of the header: %w", ErrFormat, err)
	}
	n := binary.LittleEndian.Uint64(size[:])
	if n > maxHeader {
		return nil, nil, nil, fmt.Errorf("%w: a header of %d bytes", ErrFormat, n)
	}
	text, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && uint64(len(text)) < n {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%w: header: %w", ErrFormat, err)
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, nil, nil, fmt.Errorf("%w: header: %w", ErrFormat, err)
	}
	if err := json.Unmarshal(fields["__metadata__"], &meta); err != nil || meta["kind"] != kind {
		return nil, nil, nil, fmt.Errorf("%w: its metadata says %q", ErrFormat, fields["__metadata__"])
	}
	delete(fields, "__metadata__")
	header = map[string]saved{}
	for name, field := range fields {
		var s saved
		if err := json.Unmarshal(field, &s); err != nil {
			return nil, nil, nil, fmt.Errorf("%w: %s: %w", ErrFormat, name, err)
		}
		header[name] = s
	}
	if data, err = io.ReadAll(r); err != nil {
		return nil, nil, nil, fmt.Errorf("weights: %w", err)
	}
	if sum := strconv.FormatUint(uint64(crc32.ChecksumIEEE(data)), 10); sum != meta["crc32"] {
		return nil, nil, nil, fmt.Errorf("%w: the weights' checksum is %s, not %s: truncated or altered", ErrFormat, sum, meta["crc32"])
	}
	return header, meta, data, nil
}

// read copies the values of a tensor of the given shape out of the file.
func (s saved) read(values []float32, shape []int, data []byte) error {
	lo, hi := s.Offsets[0], s.Offsets[1]
	if s.DType != "F32" || !slices.Equal(s.Shape, shape) || lo < 0 || hi < lo || hi > len(data) || hi-lo != 4*len(values) {
		return fmt.Errorf("%v weights are wanted, the header says %+v", shape, s)
	}
	for i := range values {
		v := math.Float32frombits(binary.LittleEndian.Uint32(data[lo+4*i:]))
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("weight %d: %w: %v", i, ErrNotFinite, v)
		}
		values[i] = v
	}
	return nil
}
