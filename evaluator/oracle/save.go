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

// ErrFormat is wrapped by the error of loading a file that is not a saved training run, or is truncated or altered.
var ErrFormat = errors.New("not a saved training run")

// ErrOtherTraining is wrapped by the error of loading a training run that differs in its network,
// recipe, seed, initial weights or images from the one that it is loaded into.
var ErrOtherTraining = errors.New("saved by another training run")

// identify returns a hash of everything that the final weights depend on, which identifies the
// training. Images are represented by their labels and their mean and deviation.
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

// The metadata of a saved training run.
const (
	kindKey, savedKind = "kind", "graphpnas training"
	fingerprintKey     = "training" // the result of Training.identify
	progressKey        = "progress" // a Progress as JSON
	sealKey            = "seal"     // a hash of both
)

func seal(fingerprint, progress string) string {
	sum := sha256.Sum256([]byte(fingerprint + progress))
	return hex.EncodeToString(sum[:16])
}

// Save writes the state of the training after its last epoch as a safetensors file, which other
// frameworks can read. The tensors are the weights and running statistics, by name, the velocity of the
// optimizer, with the prefix "velocity/", and the average of the weights, which Preview measures, with
// the prefix "average/". Save returns an error if the training has failed.
func (t *Training) Save(w io.Writer) error {
	if t.err != nil {
		return fmt.Errorf("saving a failed training run: %w", t.err)
	}
	progress, err := json.Marshal(t.progress)
	if err != nil {
		return fmt.Errorf("saving the training of %s: %w", t.net.Plan().Arch(), err)
	}
	if err := safetensors.Write(w, map[string]string{
		kindKey: savedKind, fingerprintKey: t.fingerprint, progressKey: string(progress), sealKey: seal(t.fingerprint, string(progress)),
	}, t.tensors(t.net.Weights().Params, t.net.Weights().Statistics, t.velocity(), t.averaged())); err != nil {
		return fmt.Errorf("saving the training of %s: %w", t.net.Plan().Arch(), err)
	}
	return nil
}

// velocity returns the velocity of the optimizer for all parameters. Before the first step it creates it.
func (t *Training) velocity() []float32 {
	if t.solver.Velocity == nil {
		t.solver.Velocity = [][]float32{make([]float32, len(t.net.Weights().Params))}
	}
	return t.solver.Velocity[0]
}

// averagePrefix begins the names of the tensors of the average.
const averagePrefix = "average/"

// tensors returns the state of a training run as named tensors, without the average if that is nil.
func (t *Training) tensors(params, statistics, velocity, average []float32) (list []safetensors.Tensor) {
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
	if average != nil {
		add(averagePrefix, layout.Parameters(), average)
	}
	return list
}

// Load restores the state that Save has written. The training then continues to the same weights as without an interruption. It
// must have been created with the same plan, images, recipe and options as the saved one. If the file has no average of the weights,
// because another program has continued the training, the average begins with the current weights. The error names the architecture
// and wraps [ErrFormat] or [ErrOtherTraining]. After an error the training is unchanged.
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
		return fmt.Errorf("%w: its metadata is %q", ErrFormat, meta)
	}
	if meta[fingerprintKey] != t.fingerprint {
		return fmt.Errorf("%w: its hash is %s, but that of this training is %s", ErrOtherTraining, meta[fingerprintKey], t.fingerprint)
	}
	var progress Progress
	if err := json.Unmarshal([]byte(meta[progressKey]), &progress); err != nil {
		return fmt.Errorf("%w: progress: %w", ErrFormat, err)
	}
	weights := t.net.Weights()
	params, statistics := slices.Clone(weights.Params), slices.Clone(weights.Statistics)
	velocity, average := slices.Clone(t.velocity()), []float32(nil)
	if slices.ContainsFunc(weights.Layout.Parameters(), func(p network.Parameter) bool { return file.Shape(averagePrefix+p.Name) != nil }) {
		average = slices.Clone(params)
	}
	if err := file.Fill(t.tensors(params, statistics, velocity, average)); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	copy(weights.Params, params)
	copy(weights.Statistics, statistics)
	copy(t.velocity(), velocity)
	if average == nil {
		average = params
	}
	copy(t.averaged(), average)
	t.progress, t.err = progress, nil
	return nil
}
