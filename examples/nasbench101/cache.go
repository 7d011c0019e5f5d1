package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/graphpnas/graphpnas/evaluator/predictor"
	"github.com/graphpnas/graphpnas/examples/internal/program"
)

// cacheVersion is part of the names of saved predictors. It changes whenever the same table and settings would give
// other predictors.
const cacheVersion = 1

// cache keeps trained predictors in a directory. An empty directory keeps nothing.
type cache struct {
	dir    string
	table  string    // SHA-256 of the file that the predictors are trained on
	stderr io.Writer // receives warnings
}

// path returns the file of a predictor of a quantity, which the table and the settings determine.
func (c cache) path(quantity string, config predictor.Config) (string, error) {
	text, err := json.Marshal(config)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s", cacheVersion, c.table, text))
	return filepath.Join(c.dir, fmt.Sprintf("%s-%x.safetensors", quantity, sum[:12])), nil
}

// predictor returns the predictor of a quantity from the cache. If it is not there, or is damaged, train trains it.
func (c cache) predictor(
	quantity string, config predictor.Config, train func(predictor.Config) (*predictor.Predictor, error),
) (*predictor.Predictor, error) {
	if c.dir == "" {
		return train(config)
	}
	path, err := c.path(quantity, config)
	if err != nil {
		return nil, err
	}
	p, err := load(path)
	if err == nil {
		fmt.Fprintf(c.stderr, "The surrogate's %s is the one that an earlier run trained: %s\n", quantity, path)
		return p, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		fmt.Fprintf(c.stderr, "%s cannot be used and is trained again: %v\n", path, err)
	}
	if p, err = train(config); err != nil {
		return nil, err
	}
	if err = os.MkdirAll(c.dir, 0o777); err == nil {
		err = program.WriteFile(path, p.Save)
	}
	if err != nil {
		fmt.Fprintf(c.stderr, "The surrogate's %s was not saved for the next run: %v\n", quantity, err)
	}
	return p, nil
}

func load(path string) (*predictor.Predictor, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return predictor.Load(f, space)
}
