package predictor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/graphpnas/graphpnas/internal/finite"
	"github.com/graphpnas/graphpnas/internal/safetensors"
	"github.com/graphpnas/graphpnas/searchspace"
)

var (
	// ErrFormat is wrapped by the error of [Load] if a file is not a saved Predictor, is damaged, or is of a version that
	// this library does not read.
	ErrFormat = errors.New("not a saved predictor")

	// ErrOtherSpace is wrapped by the error of [Load] if the saved Predictor was trained for another space.
	ErrOtherSpace = errors.New("the predictor was trained for another space")
)

// What the metadata of a file says beside the space.
const (
	fileKind    = "graphpnas predictor"
	fileVersion = "1" // changes if the same weights come to mean something else
)

// sizes are the sizes of the networks in a file.
type sizes struct {
	Networks int `json:"networks"`
	Hidden   int `json:"hidden"`
	Layers   int `json:"layers"`
}

// Save writes the space, the weights and the scale of the values as a safetensors file.
func (p *Predictor) Save(w io.Writer) error {
	if err := p.save(w); err != nil {
		return fmt.Errorf("saving a predictor: %w", err)
	}
	return nil
}

func (p *Predictor) save(w io.Writer) error {
	parts, err := json.Marshal(p.Space().Parts())
	if err != nil {
		return err
	}
	size, err := json.Marshal(sizes{len(p.params), p.net.hidden, len(p.net.layers)})
	if err != nil {
		return err
	}
	return safetensors.Write(w, map[string]string{
		"kind": fileKind, "version": fileVersion, "space": p.Space().Name(), "parts": string(parts), "sizes": string(size),
	}, p.tensors())
}

// tensors names the parameters of each network number/parameter, and the scale.
func (p *Predictor) tensors() []safetensors.Tensor {
	n := []int{len(p.scale.values)}
	list := []safetensors.Tensor{
		{Name: "scale.values", Shape: n, Doubles: p.scale.values},
		{Name: "scale.scores", Shape: n, Doubles: p.scale.scores},
	}
	for i, flat := range p.params {
		for _, param := range p.net.layout.Params {
			list = append(list, safetensors.Tensor{
				Name: strconv.Itoa(i) + "/" + param.Name, Shape: param.Shape(), Values: param.In(flat),
			})
		}
	}
	return list
}

// Load reads what [Predictor.Save] wrote, for the same space. The loaded Predictor predicts the same values, to the bit.
//
// The error wraps [ErrFormat] or [ErrOtherSpace], or the error of r if reading failed.
func Load(r io.Reader, space searchspace.Space) (*Predictor, error) {
	p, err := load(r, space)
	if err != nil {
		return nil, fmt.Errorf("loading a predictor: %w", err)
	}
	return p, nil
}

func load(r io.Reader, space searchspace.Space) (*Predictor, error) {
	e, err := newEncoder(space)
	if err != nil {
		return nil, err
	}
	file, err := safetensors.Read(r)
	if errors.Is(err, safetensors.ErrFormat) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	} else if err != nil {
		return nil, err
	}
	size, err := readMeta(file.Meta, space)
	if err != nil {
		return nil, err
	}
	p, err := newPredictor(e, size, file)
	if err != nil {
		return nil, err
	}
	if err := file.Fill(p.tensors()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return p, p.check()
}

// readMeta returns the sizes of the networks in a file of the space.
func readMeta(meta map[string]string, space searchspace.Space) (size sizes, err error) {
	if meta["kind"] != fileKind || meta["version"] != fileVersion {
		return size, fmt.Errorf("%w: it is %q version %q, not %q version %q", ErrFormat, meta["kind"], meta["version"], fileKind, fileVersion)
	}
	parts, err := json.Marshal(space.Parts())
	if err != nil {
		return size, err
	}
	if meta["space"] != space.Name() || meta["parts"] != string(parts) {
		return size, fmt.Errorf("%w: %q, not %q", ErrOtherSpace, meta["space"], space.Name())
	}
	if err := json.Unmarshal([]byte(meta["sizes"]), &size); err != nil {
		return size, fmt.Errorf("%w: sizes: %w", ErrFormat, err)
	}
	return size, nil
}

// newPredictor makes a Predictor of the sizes in a file, with everything zero. It refuses sizes that the file cannot fill.
func newPredictor(e *encoder, size sizes, file *safetensors.File) (*Predictor, error) {
	const most = 1 << 20
	weights, values := float64(file.Len()), -1
	if shape := file.Shape("scale.values"); len(shape) == 1 {
		values = shape[0]
	}
	if size.Networks < 1 || size.Hidden < 1 || size.Layers < 1 || size.Networks > most || size.Hidden > most || size.Layers > most ||
		float64(size.Networks)*float64(size.Layers)*float64(size.Hidden)*float64(size.Hidden) > weights ||
		values < 1 || float64(values) > weights {
		return nil, fmt.Errorf("%w: sizes %+v and a scale of %d values do not go with %v weights", ErrFormat, size, values, weights)
	}
	p := &Predictor{
		encoder: e, net: newNetwork(e, size.Hidden, size.Layers), params: make([][]float32, size.Networks),
		scale: &scale{values: make([]float64, values), scores: make([]float64, values)},
	}
	if float64(size.Networks)*float64(p.net.layout.Size) > weights {
		return nil, fmt.Errorf("%w: sizes %+v need more than %v weights", ErrFormat, size, weights)
	}
	for i := range p.params {
		p.params[i] = make([]float32, p.net.layout.Size)
	}
	return p, nil
}

// check returns an error that wraps ErrFormat if a number is not finite or the scale does not rise.
func (p *Predictor) check() error {
	for _, t := range p.tensors() {
		last := math.Inf(-1)
		for _, v := range t.Doubles {
			if !finite.Is(v) || v <= last {
				return fmt.Errorf("%w: %s: %v after %v", ErrFormat, t.Name, v, last)
			}
			last = v
		}
		for i, v := range t.Values {
			if !finite.Is(float64(v)) {
				return fmt.Errorf("%w: %s: weight %d is %v", ErrFormat, t.Name, i, v)
			}
		}
	}
	return nil
}
