package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/predictor"
	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/nasbench"
)

// surrogate returns a model that has learned the values of a file, as an objective: it predicts every architecture, also those
// in the file, so that recorded noise and predictions do not mix. It is kept in the cache.
func (l *loader) surrogate(ctx context.Context, e entry, f file) (evaluator.Evaluator, error) {
	examples, err := examplesOf(f, e.Value)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(l.cache, fmt.Sprintf("%s-%s.safetensors", e.Name, fingerprint(examples)))
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

// train trains a model with the settings of package predictor.
func (l *loader) train(ctx context.Context, e entry, f file, examples []predictor.Example) (*predictor.Predictor, error) {
	bar := l.display.Bar(progress.Options{Name: "learning " + e.Name, Total: learned, Times: true, Transient: true})
	defer bar.End()
	config := l.training
	config.Seed, config.OnStep = 1, func(begun, steps int) { bar.Set(learned * begun / steps) }
	return predictor.Train(ctx, f.space, examples, config)
}

// learned is the length of a training's progress, of which the number of steps is not known before.
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

// examplesOf returns what a file records in a column.
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

// fingerprint tells what a model was trained on.
func fingerprint(examples []predictor.Example) string {
	h := crc32.NewIEEE()
	for _, e := range examples {
		fmt.Fprintln(h, e.Arch, e.Value)
	}
	return fmt.Sprintf("%08x", h.Sum32())
}
