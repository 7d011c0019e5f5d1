package network

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/internal/safetensors"
)

// The metadata of a saved classifier.
const (
	kindKey, savedKind = "kind", "graphpnas network"
	planKey            = "plan"          // a Document as JSON
	classesKey         = "classes"       // names as a JSON array, or null
	normalizationKey   = "normalization" // mean and deviation of each channel as JSON
	sealKey            = "seal"          // a hash of the other entries, which the file's checksum does not cover
)

// normalization is the JSON form of a dataset.Normalization.
type normalization struct {
	Mean      []float32 `json:"mean"`
	Deviation []float32 `json:"deviation"`
}

// seal returns the beginning of the SHA-256 hash of the metadata.
func seal(meta map[string]string) string {
	sum := sha256.Sum256([]byte(meta[planKey] + meta[classesKey] + meta[normalizationKey]))
	return hex.EncodeToString(sum[:16])
}

// Save writes a classifier as a safetensors file, which other frameworks can read. The tensors are the weights, by name; the plan,
// the names of the classes and the normalization are in the metadata. If networks share the weights, only those of this network
// are written.
func Save(w io.Writer, c *Classifier) error {
	if err := c.validate(); err != nil {
		return fmt.Errorf("saving a network: %w", err)
	}
	if err := c.save(w); err != nil {
		return fmt.Errorf("saving the network of %s: %w", c.Plan.arch, err)
	}
	return nil
}

func (c *Classifier) save(w io.Writer) error {
	own, err := c.Plan.Own(c.Weights)
	if err != nil {
		return err
	}
	meta := map[string]string{kindKey: savedKind}
	for key, value := range map[string]any{planKey: c.Plan, classesKey: c.Classes, normalizationKey: normalization(c.Normalization)} {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		meta[key] = string(text)
	}
	meta[sealKey] = seal(meta)
	return safetensors.Write(w, meta, own.tensors())
}

// Load reads a classifier written by [Save]. The error wraps [ErrFormat] if the file is truncated, altered, of another version or of
// another kind. Load does not allocate memory for weights that are not in the file. Errors of r are wrapped.
func Load(r io.Reader) (*Classifier, error) {
	c, err := load(r)
	if err != nil {
		return nil, fmt.Errorf("loading a network: %w", err)
	}
	return c, nil
}

func load(r io.Reader) (*Classifier, error) {
	file, err := readTensors(r)
	if err != nil {
		return nil, err
	}
	if kind := file.Meta[kindKey]; kind != savedKind {
		return nil, fmt.Errorf("%w: the file must be of kind %q, got %q", ErrFormat, savedKind, kind)
	}
	if got, ok := file.Meta[sealKey]; ok && got != seal(file.Meta) {
		return nil, fmt.Errorf("%w: the metadata was altered", ErrFormat)
	}
	c := new(Classifier)
	if c.Plan, err = ParsePlan([]byte(file.Meta[planKey])); err != nil {
		return nil, err
	}
	var measured normalization
	for key, value := range map[string]any{classesKey: &c.Classes, normalizationKey: &measured} {
		if text, ok := file.Meta[key]; ok {
			if err := json.Unmarshal([]byte(text), value); err != nil {
				return nil, fmt.Errorf("%w: %s: %w", ErrFormat, key, err)
			}
		}
	}
	c.Normalization = dataset.Normalization(measured)
	if c.Weights, err = fill(file, c.Plan); err != nil {
		return nil, err
	}
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return c, nil
}
