package supernet

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/internal/safetensors"
)

// ErrFormat is wrapped by the error of loading a file that is truncated, altered, of another kind, or of a supernet with other
// parameters.
var ErrFormat = errors.New("not the saved weights of this supernet")

// The metadata of saved weights.
const (
	kindKey, savedKind = "kind", "graphpnas shared weights"
	stepsKey           = "steps" // the number of trained steps
	sealKey            = "seal"  // a hash of the steps, which the file's checksum does not cover
)

func seal(steps string) string {
	sum := sha256.Sum256([]byte(savedKind + steps))
	return hex.EncodeToString(sum[:8])
}

// Save writes the shared weights as a safetensors file, which other frameworks can read. The
// tensors are the parameters and running statistics, by name, and the velocity of the optimizer,
// with the prefix "velocity/".
func (s *Supernet) Save(w io.Writer) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	steps := strconv.Itoa(s.steps)
	meta := map[string]string{kindKey: savedKind, stepsKey: steps, sealKey: seal(steps)}
	if err := safetensors.Write(w, meta, s.tensors(s.weights.Params, s.weights.Statistics, s.velocity)); err != nil {
		return fmt.Errorf("saving shared weights: %w", err)
	}
	return nil
}

// tensors returns the saved state as named tensors.
func (s *Supernet) tensors(params, statistics, velocity []float32) (list []safetensors.Tensor) {
	add := func(prefix string, parameters []network.Parameter, flat []float32) {
		for _, p := range parameters {
			list = append(list, safetensors.Tensor{Name: prefix + p.Name, Shape: p.Shape, Values: flat[:p.Size()]})
			flat = flat[p.Size():]
		}
	}
	add("", s.layout.Parameters(), params)
	add("", s.layout.Statistics(), statistics)
	add("velocity/", s.layout.Parameters(), velocity)
	return list
}

// Load restores the weights and the number of trained steps that Save has written. With the same
// configuration and samplers, training then continues to the same weights as without an
// interruption. The error wraps [ErrFormat] if the file was not written by such a supernet. After
// an error the supernet is unchanged.
func (s *Supernet) Load(r io.Reader) error {
	if err := s.load(r); err != nil {
		return fmt.Errorf("loading shared weights: %w", err)
	}
	return nil
}

func (s *Supernet) load(r io.Reader) error {
	file, err := safetensors.Read(r)
	if errors.Is(err, safetensors.ErrFormat) {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err != nil {
		return err
	}
	steps, err := strconv.Atoi(file.Meta[stepsKey])
	if err != nil || steps < 0 || file.Meta[kindKey] != savedKind || file.Meta[sealKey] != seal(file.Meta[stepsKey]) {
		return fmt.Errorf("%w: its metadata is %q", ErrFormat, file.Meta)
	}
	params, statistics, velocity := slices.Clone(s.weights.Params), slices.Clone(s.weights.Statistics), slices.Clone(s.velocity)
	if want := len(params) + len(statistics) + len(velocity); file.Len() != want {
		return fmt.Errorf("%w: it has %d values instead of %d", ErrFormat, file.Len(), want)
	}
	if err := file.Fill(s.tensors(params, statistics, velocity)); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	copy(s.weights.Params, params)
	copy(s.weights.Statistics, statistics)
	copy(s.velocity, velocity)
	s.steps = steps
	return nil
}
