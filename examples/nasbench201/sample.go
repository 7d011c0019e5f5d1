package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/graphpnas/graphpnas/generator/gran"
)

// sample prints architectures that the generator of an earlier search draws, each with its log-probability.
func sample(ctx context.Context, o options, stdout io.Writer) error {
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
