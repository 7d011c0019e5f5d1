package generator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/internal/safetensors"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrFormat is wrapped where a saved generator cannot be read: truncated, altered, or something else altogether.
var ErrFormat = errors.New("not a saved generator")

// ErrOtherSpace is wrapped where a saved generator is of another space than the one it is loaded for.
var ErrOtherSpace = errors.New("saved from another space")

// savedModel is what a file says of a model, beside the weights. Weights fit where all of it is the same.
type savedModel struct {
	kind   string // of the model
	space  searchspace.Space
	config any // the sizes
}

// tensors names the parameters that lie in flat according to the layout.
func tensors(prefix string, layout *nn.Layout, flat []float32) []safetensors.Tensor {
	list := make([]safetensors.Tensor, len(layout.Params))
	for i, p := range layout.Params {
		list[i] = safetensors.Tensor{Name: prefix + p.Name, Shape: p.Shape(), Values: p.In(flat)}
	}
	return list
}

// write writes a safetensors file, whose metadata holds the space and the sizes.
func (m savedModel) write(w io.Writer, tensors []safetensors.Tensor) error {
	parts, err := json.Marshal(m.space.Parts())
	if err != nil {
		return fmt.Errorf("saving a generator: %w", err)
	}
	config, err := json.Marshal(m.config)
	if err != nil {
		return fmt.Errorf("saving a generator: %w", err)
	}
	meta := map[string]string{"kind": m.kind, "space": m.space.Name(), "parts": string(parts), "config": string(config)}
	if err := safetensors.Write(w, meta, tensors); err != nil {
		return fmt.Errorf("saving a generator: %w", err)
	}
	return nil
}

// read reads a file of the same kind and space, and its sizes into m.config, a pointer.
func (m savedModel) read(r io.Reader) (savedWeights, error) {
	file, err := safetensors.Read(r)
	if errors.Is(err, safetensors.ErrFormat) {
		err = fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err != nil {
		return savedWeights{}, err
	}
	if file.Meta["kind"] != m.kind {
		return savedWeights{}, fmt.Errorf("%w: its metadata says %q", ErrFormat, file.Meta)
	}
	if err := json.Unmarshal([]byte(file.Meta["config"]), m.config); err != nil {
		return savedWeights{}, fmt.Errorf("%w: sizes: %w", ErrFormat, err)
	}
	parts, err := json.Marshal(m.space.Parts())
	if err != nil {
		return savedWeights{}, err
	}
	if file.Meta["space"] != m.space.Name() || file.Meta["parts"] != string(parts) {
		return savedWeights{}, fmt.Errorf("%w: %q, not %q", ErrOtherSpace, file.Meta["space"], m.space.Name())
	}
	return savedWeights{file}, nil
}

// savedWeights is the other part of a file: its tensors.
type savedWeights struct{ file *safetensors.File }

// count returns how many weights there are.
func (s savedWeights) count() int { return s.file.Len() }

// fill copies the tensors' values out of the file.
func (s savedWeights) fill(tensors []safetensors.Tensor) error {
	if err := s.file.Fill(tensors); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	for _, t := range tensors {
		for i, v := range t.Values {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return fmt.Errorf("%w: %s: weight %d: %w: %v", ErrFormat, t.Name, i, ErrNotFinite, v)
			}
		}
	}
	return nil
}
