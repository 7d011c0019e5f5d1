package predictor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/graphpnas/graphpnas/internal/finite"
	"github.com/graphpnas/graphpnas/internal/safetensors"
	"github.com/graphpnas/graphpnas/searchspace"
)

var (
	// ErrFormat is wrapped by the error of [Load] if a file is not a saved Predictor, is damaged, or has a version that this
	// library cannot read.
	ErrFormat = errors.New("not a saved predictor")

	// ErrOtherSpace is wrapped by the error of [Load] if the saved Predictor was trained for another space.
	ErrOtherSpace = errors.New("the predictor was trained for another space")
)

// FileVersion is the version of the files that [Predictor.Save] writes, and the only one that [Load] can read. It changes whenever the
// meaning of the numbers in a file changes. Programs that cache predictors should include it in their cache keys.
const FileVersion = "2"

// fileKind is the kind of file in the metadata.
const fileKind = "graphpnas predictor"

// saver is implemented by models that can be saved.
type saver interface {
	// kind returns the name of the model in files.
	kind() string
	// sizes returns a JSON value with the sizes of the tensors.
	sizes() any
	// tensors returns everything that has been learned. Loading a file fills the tensors.
	tensors() []safetensors.Tensor
}

// Save writes the Predictor as a safetensors file. User-defined [Features] are not saved; pass them to [LoadWith].
func (p *Predictor) Save(w io.Writer) error {
	if err := p.save(w); err != nil {
		return fmt.Errorf("saving a predictor: %w", err)
	}
	return nil
}

func (p *Predictor) save(w io.Writer) error {
	parts, err := json.Marshal(p.space.Parts())
	if err != nil {
		return err
	}
	size, err := json.Marshal(p.model.sizes())
	if err != nil {
		return err
	}
	return safetensors.Write(w, map[string]string{
		"kind": fileKind, "version": FileVersion, "space": p.space.Name(), "parts": string(parts),
		"model": p.model.kind(), "sizes": string(size),
	}, p.tensors())
}

// tensors returns the tensors of the scale and of the model.
func (p *Predictor) tensors() []safetensors.Tensor {
	n := []int{len(p.scale.values)}
	return append([]safetensors.Tensor{
		{Name: "scale.values", Shape: n, Doubles: p.scale.values},
		{Name: "scale.scores", Shape: n, Doubles: p.scale.scores},
	}, p.model.tensors()...)
}

// Load reads a Predictor that [Predictor.Save] has written. The space must be the same. The loaded Predictor predicts identical values.
//
// The error wraps [ErrFormat] or [ErrOtherSpace], or the error of r if reading fails.
func Load(r io.Reader, space searchspace.Space) (*Predictor, error) { return LoadWith(r, space, nil) }

// LoadWith is like [Load] for a Predictor that was trained with user-defined [Features], which must be the same. It returns an error if
// own is nil but the Predictor was trained with user-defined features, or the reverse.
func LoadWith(r io.Reader, space searchspace.Space, own Features) (*Predictor, error) {
	p, err := load(r, space, own)
	if err != nil {
		return nil, fmt.Errorf("loading a predictor: %w", err)
	}
	return p, nil
}

func load(r io.Reader, space searchspace.Space, own Features) (*Predictor, error) {
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
	if err := checkMeta(file.Meta, space); err != nil {
		return nil, err
	}
	p := &Predictor{space: space}
	if p.scale, err = emptyScale(file); err != nil {
		return nil, err
	}
	switch kind := file.Meta["model"]; kind {
	case networksKind:
		if own != nil {
			return nil, errors.New("LoadWith was called with Features, but the predictor consists of graph networks, which have none: use Load")
		}
		p.model, err = emptyNetworks(e, file)
	case processKind:
		p.model, err = emptyProcess(e, file, own)
	default:
		err = fmt.Errorf("%w: unknown model %q", ErrFormat, kind)
	}
	if err != nil {
		return nil, err
	}
	if err := file.Fill(p.tensors()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return p, p.check()
}

// checkMeta returns an error if a file is not a saved Predictor for the space.
func checkMeta(meta map[string]string, space searchspace.Space) error {
	if meta["kind"] != fileKind || meta["version"] != FileVersion {
		return fmt.Errorf("%w: it is %q version %q instead of %q version %q", ErrFormat, meta["kind"], meta["version"], fileKind, FileVersion)
	}
	parts, err := json.Marshal(space.Parts())
	if err != nil {
		return err
	}
	if meta["space"] != space.Name() || meta["parts"] != string(parts) {
		return fmt.Errorf("%w: %q instead of %q", ErrOtherSpace, meta["space"], space.Name())
	}
	return nil
}

// readSizes reads the sizes of a model, which must be encoded exactly as Save encodes them.
func readSizes(file *safetensors.File, sizes any) error {
	if err := json.Unmarshal([]byte(file.Meta["sizes"]), sizes); err != nil {
		return fmt.Errorf("%w: sizes: %w", ErrFormat, err)
	}
	return nil
}

// emptyScale returns a scale of the length in a file, with all values zero.
func emptyScale(file *safetensors.File) (*scale, error) {
	shape := file.Shape("scale.values")
	if len(shape) != 1 || shape[0] < 1 || shape[0] > file.Len() {
		return nil, fmt.Errorf("%w: a scale of shape %v does not fit %d values", ErrFormat, shape, file.Len())
	}
	return &scale{values: make([]float64, shape[0]), scores: make([]float64, shape[0])}, nil
}

// check returns an error that wraps ErrFormat if a number is not finite or the scale is not increasing.
func (p *Predictor) check() error {
	for _, t := range p.tensors() {
		for i, v := range t.Values {
			if !finite.Is(float64(v)) {
				return fmt.Errorf("%w: %s: weight %d is %v", ErrFormat, t.Name, i, v)
			}
		}
		for i, v := range t.Doubles {
			if !finite.Is(v) {
				return fmt.Errorf("%w: %s: number %d is %v", ErrFormat, t.Name, i, v)
			}
		}
	}
	for _, list := range [][]float64{p.scale.values, p.scale.scores} {
		for i := 1; i < len(list); i++ {
			if list[i] <= list[i-1] {
				return fmt.Errorf("%w: the scale is not increasing: %v after %v", ErrFormat, list[i], list[i-1])
			}
		}
	}
	return nil
}
