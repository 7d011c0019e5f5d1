package oracle

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/internal/safetensors"
)

// ErrFormat is wrapped where a saved training cannot be read: truncated, altered, or something else altogether.
var ErrFormat = errors.New("not a saved training")

// ErrOtherTraining is wrapped where a saved training is of another architecture or network, recipe, seed, start or images
// than the one that it is loaded into.
var ErrOtherTraining = errors.New("saved by another training")

// identify returns what tells trainings apart: a hash of all that the weights at the end follow from. Of the images it
// knows labels and moments.
func (t *Training) identify(train *dataset.Set, seed uint64) (string, error) {
	plan, weights := t.net.Plan(), t.net.Weights()
	text, err := json.Marshal(struct {
		Arch, Network string
		Input         network.Input
		Params        []network.Parameter
		FLOPs         int64
		Recipe        Recipe
		Seed          uint64
		Normalization dataset.Normalization
		Labels        []int
	}{plan.Arch(), plan.Fingerprint(), plan.Input(), plan.Layout().Parameters(), plan.FLOPs(), t.recipe, seed, t.images.Normalization, train.Labels()})
	if err != nil {
		return "", err
	}
	for _, values := range [][]float32{weights.Params, weights.Statistics} {
		if text, err = binary.Append(text, binary.LittleEndian, values); err != nil {
			return "", err
		}
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}

// The metadata of a saved training.
const (
	kindKey, savedKind = "kind", "graphpnas training"
	fingerprintKey     = "training" // what Training.identify returns
	progressKey        = "progress" // a Progress as JSON
	sealKey            = "seal"     // a hash of both
)

func seal(fingerprint, progress string) string {
	sum := sha256.Sum256([]byte(fingerprint + progress))
	return hex.EncodeToString(sum[:16])
}

// Save writes the training as it is after its last epoch, as a safetensors file, which other frameworks read as well: the
// weights and running statistics under their names, and the optimiser's velocity under theirs behind "velocity/". A
// training that has ended with an error cannot be saved.
func (t *Training) Save(w io.Writer) error {
	if t.err != nil {
		return fmt.Errorf("saving what has ended: %w", t.err)
	}
	progress, err := json.Marshal(t.progress)
	if err != nil {
		return fmt.Errorf("saving the training of %s: %w", t.net.Plan().Arch(), err)
	}
	if err := safetensors.Write(w, map[string]string{
		kindKey: savedKind, fingerprintKey: t.fingerprint, progressKey: string(progress), sealKey: seal(t.fingerprint, string(progress)),
	}, t.tensors(t.net.Weights().Params, t.net.Weights().Statistics, t.velocity())); err != nil {
		return fmt.Errorf("saving the training of %s: %w", t.net.Plan().Arch(), err)
	}
	return nil
}

// velocity is the optimiser's, of all parameters together; before the first step it is made.
func (t *Training) velocity() []float32 {
	if t.solver.Velocity == nil {
		t.solver.Velocity = [][]float32{make([]float32, len(t.net.Weights().Params))}
	}
	return t.solver.Velocity[0]
}

// tensors names what a training consists of.
func (t *Training) tensors(params, statistics, velocity []float32) (list []safetensors.Tensor) {
	layout := t.net.Plan().Layout()
	add := func(prefix string, parameters []network.Parameter, flat []float32) {
		for _, p := range parameters {
			list = append(list, safetensors.Tensor{Name: prefix + p.Name, Shape: p.Shape, Values: flat[:p.Size()]})
			flat = flat[p.Size():]
		}
	}
	add("", layout.Parameters(), params)
	add("", layout.Statistics(), statistics)
	add("velocity/", layout.Parameters(), velocity)
	return list
}

// Load has the training go on from where Save wrote it, to the same weights as if it had never stopped. It is made by
// NewTraining of the same plan, images, recipe and options as the one that was saved. The error names the architecture and
// wraps [ErrFormat] or [ErrOtherTraining]; the training is left as it was.
func (t *Training) Load(r io.Reader) error {
	if err := t.load(r); err != nil {
		return fmt.Errorf("loading the training of %s: %w", t.net.Plan().Arch(), err)
	}
	return nil
}

func (t *Training) load(r io.Reader) error {
	file, err := safetensors.Read(r)
	if errors.Is(err, safetensors.ErrFormat) {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err != nil {
		return err
	}
	meta := file.Meta
	if meta[kindKey] != savedKind || meta[sealKey] != seal(meta[fingerprintKey], meta[progressKey]) {
		return fmt.Errorf("%w: its metadata says %q", ErrFormat, meta)
	}
	if meta[fingerprintKey] != t.fingerprint {
		return fmt.Errorf("%w: %s, not %s", ErrOtherTraining, meta[fingerprintKey], t.fingerprint)
	}
	var progress Progress
	if err := json.Unmarshal([]byte(meta[progressKey]), &progress); err != nil {
		return fmt.Errorf("%w: progress: %w", ErrFormat, err)
	}
	weights := t.net.Weights()
	params, statistics, velocity := slices.Clone(weights.Params), slices.Clone(weights.Statistics), slices.Clone(t.velocity())
	if err := file.Fill(t.tensors(params, statistics, velocity)); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	copy(weights.Params, params)
	copy(weights.Statistics, statistics)
	copy(t.velocity(), velocity)
	t.progress, t.err = progress, nil
	return nil
}
