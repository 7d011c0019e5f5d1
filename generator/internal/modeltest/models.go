// Package modeltest provides helpers for testing generators: spaces to test on, checks of
// distributions, gradients and files, and functions that call a generator and fail the test on an
// error.
package modeltest

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Rand returns a source of random numbers.
func Rand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// Sample draws n architectures.
func Sample(t require.TestingT, g generator.GraphGenerator, seed uint64, n int) []searchspace.Arch {
	archs, err := g.Sample(context.Background(), Rand(seed), n)
	require.NoError(t, err)
	require.Len(t, archs, n)
	return archs
}

// LogProbs returns the log-probabilities of architectures.
func LogProbs(t require.TestingT, g generator.Model, archs ...searchspace.Arch) []float64 {
	l, err := g.LogProb(context.Background(), archs)
	require.NoError(t, err)
	require.Len(t, l, len(archs))
	return l
}

// Probabilities returns the probabilities of architectures.
func Probabilities(t require.TestingT, g generator.Model, archs []searchspace.Arch) []float64 {
	p := LogProbs(t, g, archs...)
	for i := range p {
		p[i] = math.Exp(p[i])
	}
	return p
}

// Examples returns examples with equal weights.
func Examples(weight float64, archs ...searchspace.Arch) []generator.Example {
	data := make([]generator.Example, len(archs))
	for i, a := range archs {
		data[i] = generator.Example{Arch: a, Weight: weight}
	}
	return data
}

// Fit trains a model.
func Fit(t require.TestingT, g generator.Model, seed uint64, data []generator.Example, o generator.FitOptions) generator.FitReport {
	report, err := g.Fit(context.Background(), Rand(seed), data, o)
	require.NoError(t, err)
	return report
}

// Save returns a model's file.
func Save(t require.TestingT, g generator.Model) []byte {
	var file bytes.Buffer
	require.NoError(t, g.Save(&file))
	return file.Bytes()
}

// EditHeader changes the header of a model's file.
func EditHeader(t require.TestingT, file []byte, edit func(header map[string]any)) []byte {
	n := binary.LittleEndian.Uint64(file)
	var header map[string]any
	require.NoError(t, json.Unmarshal(file[8:8+n], &header))
	edit(header)
	text, err := json.Marshal(header)
	require.NoError(t, err)
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...), file[8+n:]...)
}
