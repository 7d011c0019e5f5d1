package generator

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

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

const savedKind = "graphpnas GRAN"

// Save writes the weights as a safetensors file, which other frameworks read as well: a header of JSON behind its length
// in eight bytes, then every weight in little-endian float32. Tensors are called part/parameter. The metadata holds the
// space, the sizes and a CRC-32 (IEEE) of the weights. The optimiser's state is not saved.
func (g *GRAN) Save(w io.Writer) error {
	var data []byte
	header := map[string]any{}
	for i, net := range g.nets {
		for _, p := range net.layout.Params {
			start := len(data)
			for _, v := range p.In(g.params[i]) {
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
			}
			header[net.part.Name+"/"+p.Name] = saved{"F32", p.Shape(), [2]int{start, len(data)}}
		}
	}
	meta, err := g.metadata()
	if err != nil {
		return fmt.Errorf("saving a generator: %w", err)
	}
	meta["crc32"] = strconv.FormatUint(uint64(crc32.ChecksumIEEE(data)), 10)
	header["__metadata__"] = meta
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

// metadata is what must be the same for weights to fit: space and sizes.
func (g *GRAN) metadata() (map[string]string, error) {
	parts, err := json.Marshal(g.space.Parts())
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(g.config)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"kind": savedKind, "space": g.space.Name(), "parts": string(parts), "config": string(config),
	}, nil
}

// LoadGRAN reads what Save wrote, for the same space. The error wraps [ErrFormat] or [ErrOtherSpace].
func LoadGRAN(r io.Reader, space searchspace.Space) (*GRAN, error) {
	header, meta, data, err := readSaved(r)
	if err != nil {
		return nil, fmt.Errorf("loading a generator: %w", err)
	}
	var c Config
	if err := json.Unmarshal([]byte(meta["config"]), &c); err != nil {
		return nil, fmt.Errorf("loading a generator: %w: sizes: %w", ErrFormat, err)
	}
	parts, err := json.Marshal(space.Parts())
	if err != nil {
		return nil, fmt.Errorf("loading a generator: %w", err)
	}
	if meta["space"] != space.Name() || meta["parts"] != string(parts) {
		return nil, fmt.Errorf("loading a generator: %w: %q, not %q", ErrOtherSpace, meta["space"], space.Name())
	}
	if weights := c.countWeights(space.Parts()); weights < 0 || weights > len(data)/4 {
		return nil, fmt.Errorf("loading a generator: %w: sizes %+v need more weights than the %d there are", ErrFormat, c, len(data)/4)
	}
	g, err := NewGRAN(space, c, rand.New(rand.NewPCG(0, 0)))
	if err != nil {
		return nil, fmt.Errorf("loading a generator: %w: %w", ErrFormat, err)
	}
	for i, net := range g.nets {
		for _, p := range net.layout.Params {
			name := net.part.Name + "/" + p.Name
			if err := header[name].read(p.In(g.params[i]), p.Shape(), data); err != nil {
				return nil, fmt.Errorf("loading a generator: %w: %s: %w", ErrFormat, name, err)
			}
		}
	}
	return g, nil
}

// countWeights is a lower bound of how many weights a generator of these sizes has, −1 where no file could hold them.
func (c Config) countWeights(parts []searchspace.Part) int {
	const most = 1 << 20
	for _, size := range []int{c.Hidden, c.Layers, c.Attention, c.Components} {
		if size < 1 || size > most {
			return -1
		}
	}
	perLayer := float64(c.Hidden) * (8*float64(c.Hidden) + 2*float64(c.Attention))
	total := float64(len(parts)) * (float64(c.Layers)*perLayer + 2*float64(c.Components)*float64(c.Hidden))
	if total > math.MaxInt32 {
		return -1
	}
	return int(total)
}

// readSaved reads a safetensors file and checks it as a whole.
func readSaved(r io.Reader) (header map[string]saved, meta map[string]string, data []byte, err error) {
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
	if err := json.Unmarshal(fields["__metadata__"], &meta); err != nil || meta["kind"] != savedKind {
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
