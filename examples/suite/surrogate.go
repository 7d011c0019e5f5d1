package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/graphpnas/graphpnas/examples/internal/tool"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/predictor"
	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// training contains the settings of each kind of surrogate.
type training struct {
	Network predictor.Config
	Process predictor.ProcessConfig
}

// trainer trains a surrogate with its part of the settings.
type trainer func(ctx context.Context, space searchspace.Space, data []predictor.Example, c training) (*predictor.Predictor, error)

// surrogates are the kinds of surrogates. Networks suit tables of thousands of architectures; a Gaussian process suits small
// and noisy ones.
var surrogates = []tool.Named[trainer]{
	{Name: "network", Value: trainNetworks},
	{Name: "process", Value: trainProcess},
}

func trainNetworks(ctx context.Context, space searchspace.Space, data []predictor.Example, c training) (*predictor.Predictor, error) {
	return predictor.Train(ctx, space, data, c.Network)
}

func trainProcess(ctx context.Context, space searchspace.Space, data []predictor.Example, c training) (*predictor.Predictor, error) {
	return predictor.TrainProcess(ctx, space, data, c.Process)
}

// surrogate returns a model trained on the values of a file, as an objective. It predicts every architecture, including those
// in the file, so that recorded noise and predictions do not mix. The model is kept in the cache.
func (l *loader) surrogate(ctx context.Context, e entry, f file) (evaluator.Evaluator, error) {
	examples, err := examplesOf(f, e.Value)
	if err != nil {
		return nil, err
	}
	id, err := fingerprint(e.Surrogate, l.training, examples)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(l.cache, fmt.Sprintf("%s-%s-%s.safetensors", e.Name, e.Surrogate, id))
	p, err := l.cached(path, f)
	if err != nil || p != nil {
		return predictor.Surrogate{Value: p}, err
	}
	if p, err = l.train(ctx, e, f, examples); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(l.cache, 0o777); err != nil {
		return nil, err
	}
	return predictor.Surrogate{Value: p}, program.WriteFile(path, p.Save)
}

// train trains a model of the kind that the table names.
func (l *loader) train(ctx context.Context, e entry, f file, examples []predictor.Example) (*predictor.Predictor, error) {
	kind, err := tool.Find(surrogates, "surrogate", e.Surrogate)
	if err != nil {
		return nil, err
	}
	bar := l.display.Bar(progress.Options{Name: "learning " + e.Name, Total: learned, Times: true, Transient: true})
	defer bar.End()
	settings := l.training
	settings.Network.OnStep = func(begun, steps int) { bar.Set(learned * begun / steps) }
	return kind.Value(ctx, f.space, examples, settings)
}

// learned is the length of the progress bar of a training run, whose number of steps is not known in advance.
const learned = 1000

// cached loads a model from the cache. It returns nil if there is none, or one that this version cannot read.
func (l *loader) cached(path string, f file) (*predictor.Predictor, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	p, err := predictor.Load(bytes.NewReader(text), f.space)
	if errors.Is(err, predictor.ErrFormat) || errors.Is(err, predictor.ErrOtherSpace) {
		return nil, nil
	}
	return p, err
}

// examplesOf returns the recorded values of a column as examples.
func examplesOf(f file, column string) ([]predictor.Example, error) {
	var examples []predictor.Example
	for a := range f.table.Archs() {
		v, err := f.table.Value(a, column)
		if errors.Is(err, nasbench.ErrNotRecorded) {
			continue
		} else if err != nil {
			return nil, err
		}
		examples = append(examples, predictor.Example{Arch: a, Value: v})
	}
	if len(examples) == 0 {
		return nil, fmt.Errorf("column %q: no value is recorded", column)
	}
	return examples, nil
}

// fingerprint returns a short hash of everything that a model depends on: its kind, the settings, the examples, and the
// version of its files.
func fingerprint(kind string, c training, examples []predictor.Example) (string, error) {
	settings, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	h := crc32.NewIEEE()
	fmt.Fprintf(h, "%s %s %s\n", kind, settings, predictor.FileVersion)
	for _, e := range examples {
		fmt.Fprintln(h, e.Arch, e.Value)
	}
	return fmt.Sprintf("%08x", h.Sum32()), nil
}
