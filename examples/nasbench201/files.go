package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
)

// folder returns the directory of a seed's files.
func (o options) folder(seed uint64) string {
	return filepath.Join(o.out, fmt.Sprintf("seed-%d", seed))
}

const generatorFile = "generator.safetensors"

// save writes the history, the best architecture and the trained generator of one seed.
func save(o options, seed uint64, h *rl.History, model generator.Model) error {
	dir := o.folder(seed)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	best, _ := h.Best()
	text, err := json.MarshalIndent(best.Arch, "", "  ")
	if err != nil {
		return err
	}
	drawing, err := best.Arch.DOT("best")
	if err != nil {
		return err
	}
	return errors.Join(
		write(dir, "history.csv", func(w io.Writer) error { return h.WriteCSV(w, space) }),
		write(dir, "best.json", func(w io.Writer) error { _, err := fmt.Fprintf(w, "%s\n", text); return err }),
		write(dir, "best.dot", func(w io.Writer) error { _, err := fmt.Fprintln(w, drawing); return err }),
		write(dir, generatorFile, model.Save),
	)
}

func write(dir, name string, content func(io.Writer) error) (err error) {
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return content(f)
}

// sample prints architectures that the generator of an earlier search draws, each with its log-probability.
func sample(ctx context.Context, o options, stdout io.Writer) error {
	if o.out == "" {
		return errors.New("-sample needs the -out directory of an earlier search")
	}
	path := filepath.Join(o.folder(o.seed), generatorFile)
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	model, err := gran.Load(f, space)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	archs, err := model.Sample(ctx, rand.New(rand.NewPCG(o.seed, 0)), o.sample)
	if err != nil {
		return err
	}
	logProbs, err := model.LogProb(ctx, archs)
	if err != nil {
		return err
	}
	for i, a := range archs {
		if o.json {
			line := struct {
				Arch    string  `json:"arch"`
				LogProb float64 `json:"log_prob"`
			}{space.Format(a), logProbs[i]}
			err = json.NewEncoder(stdout).Encode(line)
		} else {
			_, err = fmt.Fprintf(stdout, "%s  log-probability %.3f\n", space.Format(a), logProbs[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}
