// Package modelfile reads and writes the files of saved models: weights in the safetensors format,
// which other frameworks can read too, and metadata with the kind of model, its space and its
// configuration.
package modelfile

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/internal/finite"
	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/internal/safetensors"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Header describes a model in a file, apart from its weights.
type Header struct {
	Kind   string // kind of model
	Space  searchspace.Space
	Config any // configuration of the model; for Read, a pointer to it
}

// Tensors returns the parameters in flat according to the layout. Their names are preceded by the
// prefix.
func Tensors(prefix string, layout *nn.Layout, flat []float32) []safetensors.Tensor {
	list := make([]safetensors.Tensor, len(layout.Params))
	for i, p := range layout.Params {
		list[i] = safetensors.Tensor{Name: prefix + p.Name, Shape: p.Shape(), Values: p.In(flat)}
	}
	return list
}

// Write writes a file with the given weights.
func (h Header) Write(w io.Writer, tensors []safetensors.Tensor) error {
	parts, err := json.Marshal(h.Space.Parts())
	if err != nil {
		return fmt.Errorf("saving a generator: %w", err)
	}
	config, err := json.Marshal(h.Config)
	if err != nil {
		return fmt.Errorf("saving a generator: %w", err)
	}
	meta := map[string]string{"kind": h.Kind, "space": h.Space.Name(), "parts": string(parts), "config": string(config)}
	if err := safetensors.Write(w, meta, tensors); err != nil {
		return fmt.Errorf("saving a generator: %w", err)
	}
	return nil
}

// Read reads a file and decodes its configuration into h.Config. The error wraps
// generator.ErrFormat if the file is damaged or contains another kind of model, and
// generator.ErrOtherSpace if the model is for another space.
func (h Header) Read(r io.Reader) (Weights, error) {
	if h.Space == nil {
		return Weights{}, errors.New("the space must not be nil")
	}
	file, err := safetensors.Read(r)
	if errors.Is(err, safetensors.ErrFormat) {
		err = fmt.Errorf("%w: %w", generator.ErrFormat, err)
	}
	if err != nil {
		return Weights{}, err
	}
	if file.Meta["kind"] != h.Kind {
		return Weights{}, fmt.Errorf("%w: its kind is %q, want %q", generator.ErrFormat, file.Meta["kind"], h.Kind)
	}
	if err := json.Unmarshal([]byte(file.Meta["config"]), h.Config); err != nil {
		return Weights{}, fmt.Errorf("%w: sizes: %w", generator.ErrFormat, err)
	}
	if file.Meta["space"] != h.Space.Name() {
		return Weights{}, fmt.Errorf("%w: the file is for %q, want %q", generator.ErrOtherSpace, file.Meta["space"], h.Space.Name())
	}
	parts, err := json.Marshal(h.Space.Parts())
	if err != nil {
		return Weights{}, err
	}
	if file.Meta["parts"] != string(parts) {
		return Weights{}, fmt.Errorf("%w, also named %q: %s", generator.ErrOtherSpace, h.Space.Name(), difference(file.Meta["parts"], string(parts)))
	}
	return Weights{file}, nil
}

// difference describes the first difference between the parts of a file's space and those of the expected space.
func difference(file, space string) string {
	var theirs, ours []map[string]json.RawMessage
	if json.Unmarshal([]byte(file), &theirs) != nil || json.Unmarshal([]byte(space), &ours) != nil {
		return fmt.Sprintf("its parts are %q, want %s", file, space)
	}
	if len(theirs) != len(ours) {
		return fmt.Sprintf("it has %d parts, want %d", len(theirs), len(ours))
	}
	for i := range ours {
		properties := maps.Clone(ours[i])
		maps.Copy(properties, theirs[i])
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			if a, b := cmp.Or(string(theirs[i][name]), "none"), cmp.Or(string(ours[i][name]), "none"); a != b {
				return fmt.Sprintf("its part %s has %s %s, want %s", ours[i]["Name"], name, a, b)
			}
		}
	}
	return fmt.Sprintf("its parts are encoded as %s, want %s", file, space)
}

// Weights contains the tensors of a file.
type Weights struct{ file *safetensors.File }

// Count returns the number of weights in the file.
func (w Weights) Count() int { return w.file.Len() }

// Fill copies the values of the given tensors from the file. The error wraps generator.ErrFormat if
// they do not match those of the file, and also generator.ErrNotFinite if a weight is NaN or
// infinite.
func (w Weights) Fill(tensors []safetensors.Tensor) error {
	if err := w.file.Fill(tensors); err != nil {
		return fmt.Errorf("%w: %w", generator.ErrFormat, err)
	}
	for _, t := range tensors {
		for i, v := range t.Values {
			if !finite.Is(float64(v)) {
				return fmt.Errorf("%w: %s: weight %d: %w: %v", generator.ErrFormat, t.Name, i, generator.ErrNotFinite, v)
			}
		}
	}
	return nil
}
