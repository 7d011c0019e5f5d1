package generator

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

func TestLSTMSizes(t *testing.T) {
	g, err := NewLSTM(searchspace.NASBench201{}, LSTMConfig{}, newRand(1))
	require.NoError(t, err)
	assert.Equal(t, LSTMConfig{Hidden: 32, Layers: 2}, g.Config())
	const (
		h    = 32
		rows = 1 + (0 + 1) + (2 + 1) + (5 + 1) + 2*4 // start, the values of each kind and the kind itself, places
	)
	assert.Equal(t, rows*h+2*(8*h*h+4*h)+(2*h*h+h)+(h+1)*(2+5), g.NumParams())
}

// TestLaterPartsDependOnEarlierOnes: two parts that are always alike are learned, which networks of their own could not.
func TestLaterPartsDependOnEarlierOnes(t *testing.T) {
	s := space(t, nil, searchspace.Part{Name: "normal", MaxNodes: 3}, searchspace.Part{Name: "reduction", MaxNodes: 3})
	g := newLSTM(t, s, 1)
	all := enumerate(t, s) // 8 × 8
	fit(t, g, 1, examples(1, all[0], all[63]), FitOptions{Epochs: 400, Loss: LogLikelihood})
	p := probabilities(t, g, []searchspace.Arch{all[0], all[63]})
	assert.Greater(t, min(p[0], p[1]), 0.4, "%v", p)
}

// TestBatchesDoNotChangeTheLoss: pieces and shards of a batch add up to what its architectures are worth one by one.
func TestBatchesDoNotChangeTheLoss(t *testing.T) {
	g := newLSTM(t, searchspace.NASBench101{}, 1)
	data := examples(0, sample(t, g, 2, 150)...)
	var want float64
	for i := range data {
		data[i].Weight = float64(i%7) - 2
		want -= data[i].Weight * logProbs(t, g, data[i].Arch)[0] / float64(len(data))
	}
	l := newLoss(t, g, 0, data, FitOptions{Loss: LogLikelihood})
	require.InDelta(t, want, l.at(t, l.weights), 1e-4)
	gradient := l.gradient(t, 1)

	sum := make([]float64, len(gradient))
	for _, x := range data {
		one := newLoss(t, g, 0, []Example{x}, FitOptions{Loss: LogLikelihood})
		for i, d := range one.gradient(t, 1) {
			sum[i] += float64(d) / float64(len(data))
		}
	}
	for i := range sum {
		require.InDelta(t, sum[i], gradient[i], 1e-4)
	}
}

// TestPaperLossOfTheLSTM adds the paper's loss up by hand.
func TestPaperLossOfTheLSTM(t *testing.T) {
	for _, s := range benchmarks {
		g := newLSTM(t, s, 1)
		for _, a := range sample(t, g, 2, 20) {
			part, total := a.Part(0), 0.0
			steps, err := g.compile(a)
			require.NoError(t, err)
			path, err := searchspace.Path(s, a)
			require.NoError(t, err)
			nodes := float64(part.Len())
			for i, decided := range path {
				alone := steps[:i+1]
				nats := g.lossOf(alone) - g.lossOf(alone[:i])
				switch decided.Kind {
				case searchspace.NodeOp:
					total += 0.5 * nats / nodes
				case searchspace.EdgePresence:
					total += nats / (nodes * (nodes + 1) / 2)
				case searchspace.EdgeOp:
					into := 0.0
					for _, e := range part.Edges() {
						if e.To == decided.Node {
							into++
						}
					}
					total += 0.125 * nats / into
				}
			}
			l := newLoss(t, g, 0, examples(1, a), FitOptions{Loss: PaperLoss})
			require.InDelta(t, total, l.at(t, l.weights), 1e-4)
		}
	}
}

// lossOf is the negative log-probability of the first decisions.
func (g *LSTM) lossOf(steps []lstmStep) float64 {
	logProb := make([]float64, 1)
	g.logProbs([][]lstmStep{steps}, logProb)
	return -logProb[0]
}

func TestSavedLSTMsAreLoaded(t *testing.T) {
	twoParts := space(t, nil, searchspace.Part{Name: "one", MaxNodes: 3, EdgeOps: []string{"none", "x"}}, searchspace.Part{Name: "other", MaxNodes: 2})
	for _, s := range slices.Concat(benchmarks, smallTrained, []searchspace.Space{twoParts}) {
		g := newLSTM(t, s, 1)
		archs := sample(t, g, 2, 20)
		fit(t, g, 3, examples(1, archs...), FitOptions{Epochs: 3})
		file := save(t, g)
		loaded, err := LoadLSTM(bytes.NewReader(file), s)
		require.NoError(t, err)
		assert.Equal(t, g.Config(), loaded.Config())
		assert.Equal(t, logProbs(t, g, archs...), logProbs(t, loaded, archs...))
		assert.Equal(t, sample(t, g, 4, 20), sample(t, loaded, 4, 20))
		assert.True(t, bytes.Equal(file, save(t, loaded)))
		fit(t, loaded, 3, examples(1, archs...), FitOptions{})
	}
}

// tinyLSTM is an LSTM whose file has few bytes.
func tinyLSTM(t require.TestingT) *LSTM {
	s := space(t, nil, searchspace.Part{Name: "p", MaxNodes: 2, NodeOps: []string{"a", "b"}})
	g, err := NewLSTM(s, LSTMConfig{Hidden: 2, Layers: 1}, newRand(1))
	require.NoError(t, err)
	return g
}

func refusesLSTM(t require.TestingT, file []byte, s searchspace.Space) {
	_, err := LoadLSTM(bytes.NewReader(file), s)
	require.True(t, errors.Is(err, ErrFormat) || errors.Is(err, ErrOtherSpace), "%v", err)
}

func TestFilesOfLSTMsThatAreDamaged(t *testing.T) {
	g := tinyLSTM(t)
	file := save(t, g)
	for n := range file {
		refusesLSTM(t, file[:n], g.Space())
	}
	for i := range file {
		altered := bytes.Clone(file)
		altered[i] ^= 0xff
		if loaded, err := LoadLSTM(bytes.NewReader(altered), g.Space()); err == nil {
			require.True(t, bytes.Equal(file, save(t, loaded)), "byte %d", i)
		} else {
			require.True(t, errors.Is(err, ErrFormat) || errors.Is(err, ErrOtherSpace), "byte %d: %v", i, err)
		}
	}
	for _, config := range []string{
		"", "[]", "{}", `{"Hidden":3,"Layers":1}`, `{"Hidden":1,"Layers":1}`, `{"Hidden":2,"Layers":2}`, `{"Hidden":2,"Layers":0}`,
		`{"Hidden":-2,"Layers":1}`, `{"Hidden":2,"Layers":-1}`, `{"Hidden":4000000000,"Layers":1}`, `{"Hidden":2,"Layers":4000000000}`,
	} {
		refusesLSTM(t, edited(t, file, func(h map[string]any) {
			h["__metadata__"].(map[string]any)["config"] = config
		}), g.Space())
	}
	refusesLSTM(t, save(t, tiny(t)), tiny(t).Space())
	requireRefused(t, file, g.Space())
	refusesLSTM(t, file, searchspace.NASBench201{})
}

func FuzzLoadLSTM(f *testing.F) {
	g := tinyLSTM(f)
	file := save(f, g)
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add(edited(f, file, func(h map[string]any) { h["read.weight"] = nil }))
	f.Fuzz(func(t *testing.T, data []byte) {
		loaded, err := LoadLSTM(bytes.NewReader(data), g.Space())
		if err != nil {
			require.True(t, errors.Is(err, ErrFormat) || errors.Is(err, ErrOtherSpace), "%v", err)
			return
		}
		sample(t, loaded, 1, 3)
	})
}
