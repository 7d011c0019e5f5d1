package network

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/graphpnas/graphpnas/internal/safetensors"
)

// Own returns a copy of those weights that belong to the plan, in a layout of their own. Use it to keep one of several networks
// that share weights. The error wraps [ErrShape] if a parameter is missing or has another shape.
func (p *Plan) Own(w *Weights) (*Weights, error) {
	within, err := p.Within(w.Layout)
	if err != nil {
		return nil, err
	}
	layout, err := Share(p)
	if err != nil {
		return nil, err
	}
	if err := within.checkSizes(w); err != nil {
		return nil, err
	}
	own := &Weights{Layout: layout, Params: make([]float32, 0, layout.learned.size), Statistics: make([]float32, 0, layout.statistics.size)}
	for _, param := range layout.learned.params {
		own.Params = append(own.Params, w.Of(param.Name)...)
	}
	for _, param := range layout.statistics.params {
		own.Statistics = append(own.Statistics, w.Of(param.Name)...)
	}
	return own, nil
}

// checkSizes returns an error if the weights do not have the size of their layout.
func (p *Plan) checkSizes(w *Weights) error {
	if int64(len(w.Params)) != p.layout.learned.size || int64(len(w.Statistics)) != p.layout.statistics.size {
		return fmt.Errorf("network of %s: %w: %d weights and %d statistics do not match a layout of %d and %d", p.arch, ErrShape,
			len(w.Params), len(w.Statistics), p.layout.learned.size, p.layout.statistics.size)
	}
	return nil
}

// tensors returns the weights as named tensors, without copying them.
func (w *Weights) tensors() []safetensors.Tensor {
	var list []safetensors.Tensor
	for _, param := range slices.Concat(w.Layout.Parameters(), w.Layout.Statistics()) {
		list = append(list, safetensors.Tensor{Name: param.Name, Shape: param.Shape, Values: w.Of(param.Name)})
	}
	return list
}

// ReadWeights reads the weights of a plan from a safetensors file, which any program may have written. The file must contain each
// parameter and running statistic by name, in the shape of its Parameter. Other tensors are ignored, so files written by [Save] or
// by the Save method of an oracle.Training work too. The error wraps [ErrFormat] if the file is truncated or altered, or if a
// parameter is missing.
func ReadWeights(r io.Reader, p *Plan) (*Weights, error) {
	file, err := readTensors(r)
	if err == nil {
		var w *Weights
		if w, err = fill(file, p); err == nil {
			return w, nil
		}
	}
	return nil, fmt.Errorf("weights of the network of %s: %w", p.arch, err)
}

func readTensors(r io.Reader) (*safetensors.File, error) {
	file, err := safetensors.Read(r)
	if errors.Is(err, safetensors.ErrFormat) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return file, err
}

// fill reads the weights of a plan from a file. It allocates memory only if the file has enough values.
func fill(file *safetensors.File, p *Plan) (*Weights, error) {
	layout, err := Share(p)
	if err != nil {
		return nil, err
	}
	if need := layout.learned.size + layout.statistics.size; int64(file.Len()) < need {
		return nil, fmt.Errorf("%w: the file must have %d values, got %d", ErrFormat, need, file.Len())
	}
	w := &Weights{layout, make([]float32, layout.learned.size), make([]float32, layout.statistics.size)}
	if err := file.Fill(w.tensors()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return w, nil
}
