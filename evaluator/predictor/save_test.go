package predictor

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

func save(t require.TestingT, p *Predictor) []byte {
	var file bytes.Buffer
	require.NoError(t, p.Save(&file))
	return file.Bytes()
}

// tiny returns a predictor with a small file.
func tiny(t require.TestingT) *Predictor {
	s := twoParts(t)
	return trained(t, s, examplesOf(randomArchs(t, s, newRand(1), 12), edges), Config{Networks: 2, Hidden: 2, Layers: 1, Epochs: 1})
}

func TestSaveAndLoad(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, rng := anySpace(t), newRand(rapid.Uint64().Draw(t, "seed"))
		c := Config{
			Seed: rng.Uint64(), Networks: rapid.IntRange(1, 3).Draw(t, "networks"), Hidden: rapid.IntRange(1, 6).Draw(t, "hidden"),
			Layers: rapid.IntRange(1, 3).Draw(t, "layers"), Epochs: 1,
		}
		p := trained(t, s, examplesOf(randomArchs(t, s, rng, rapid.IntRange(1, 40).Draw(t, "examples")), func(searchspace.Arch) float64 {
			return rng.NormFloat64()
		}), c)
		file := save(t, p)
		loaded, err := Load(bytes.NewReader(file), s)
		require.NoError(t, err)
		archs := randomArchs(t, s, rng, 70)
		require.Equal(t, predict(t, p, archs...), predict(t, loaded, archs...), "identical values")
		require.Equal(t, s, loaded.Space())
		require.Equal(t, file, save(t, loaded))
	})
}

func TestStepsAreReported(t *testing.T) {
	s := twoParts(t)
	data := examplesOf(randomArchs(t, s, newRand(1), 40), edges)
	var begun []int
	c := Config{Networks: 3, Hidden: 2, Layers: 1, Epochs: 4}
	quiet := save(t, trained(t, s, data, c))
	c.OnStep = func(n, steps int) {
		assert.Equal(t, 3*4*2, steps, "40 examples are two batches")
		begun = append(begun, n)
	}
	reported := save(t, trained(t, s, data, c))
	require.Len(t, begun, 24)
	assert.True(t, slices.IsSorted(begun))
	assert.Equal(t, quiet, reported)

	ctx, cancel := context.WithCancel(t.Context())
	c.OnStep = func(int, int) { cancel() }
	_, err := Train(ctx, s, data, c)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestTruncatedAndAlteredFiles(t *testing.T) {
	p := tiny(t)
	file := save(t, p)
	for n := range file {
		_, err := Load(bytes.NewReader(file[:n]), p.Space())
		require.ErrorIs(t, err, ErrFormat, "the first %d bytes of %d", n, len(file))
	}
	_, err := Load(bytes.NewReader(append(bytes.Clone(file), 0)), p.Space())
	require.ErrorIs(t, err, ErrFormat)
	for i := range file {
		for _, flip := range []byte{1, 1 << 5, 0xff} {
			altered := bytes.Clone(file)
			altered[i] ^= flip
			loaded, err := Load(bytes.NewReader(altered), p.Space())
			if err != nil {
				require.True(t, errors.Is(err, ErrFormat) || errors.Is(err, ErrOtherSpace), "byte %d: %v", i, err)
				continue
			}
			require.True(t, bytes.Equal(file, save(t, loaded)), "byte %d, %q, became %q", i, file[i], altered[i])
		}
	}
}

// editHeader returns the file with an edited header.
func editHeader(t require.TestingT, file []byte, edit func(header map[string]any)) []byte {
	n := binary.LittleEndian.Uint64(file)
	header := map[string]any{}
	require.NoError(t, json.Unmarshal(file[8:8+n], &header))
	edit(header)
	text, err := json.Marshal(header)
	require.NoError(t, err)
	return slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text, file[8+n:])
}

// meta returns a function that changes a value of the metadata.
func meta(key, value string) func(map[string]any) {
	return func(header map[string]any) { header["__metadata__"].(map[string]any)[key] = value }
}

func TestInconsistentHeaders(t *testing.T) {
	p := tiny(t)
	file := save(t, p)
	require.Equal(t, file, save(t, p))
	for what, edit := range map[string]func(map[string]any){
		"another kind":           meta("kind", "graphpnas GRAN"),
		"another version":        meta("version", "1"),
		"another model":          meta("model", "trees"),
		"no sizes":               meta("sizes", ""),
		"sizes not in an object": meta("sizes", "[1]"),
		"more networks":          meta("sizes", `{"networks":3,"hidden":2,"layers":1}`),
		"no networks":            meta("sizes", `{"networks":0,"hidden":2,"layers":1}`),
		"wider":                  meta("sizes", `{"networks":2,"hidden":3,"layers":1}`),
		"no width":               meta("sizes", `{"networks":2,"hidden":-2,"layers":1}`),
		"enormous":               meta("sizes", `{"networks":1000000000,"hidden":1000000000,"layers":1000000000}`),
		"very many layers":       meta("sizes", `{"networks":1,"hidden":1,"layers":1000000}`),
		"no scale":               func(h map[string]any) { delete(h, "scale.values") },
		"no scores":              func(h map[string]any) { delete(h, "scale.scores") },
		"an enormous scale":      func(h map[string]any) { h["scale.values"].(map[string]any)["shape"] = []int64{1 << 40} },
		"an empty scale":         func(h map[string]any) { h["scale.values"].(map[string]any)["shape"] = []int{0} },
		"no weights":             func(h map[string]any) { delete(h, "1/embedding") },
	} {
		_, err := Load(bytes.NewReader(editHeader(t, file, edit)), p.Space())
		assert.ErrorIs(t, err, ErrFormat, what)
	}
}

func TestInvalidNumbers(t *testing.T) {
	zero := 0.0
	for what, spoil := range map[string]func(*Predictor){
		"an infinite weight":       func(p *Predictor) { p.model.(*networks).params[0][3] = float32(1 / zero) },
		"a value that is NaN":      func(p *Predictor) { p.scale.values[0] = zero / zero },
		"values that do not rise":  func(p *Predictor) { p.scale.values[1] = p.scale.values[0] },
		"scores that fall":         func(p *Predictor) { slices.Reverse(p.scale.scores) },
		"a score that is infinite": func(p *Predictor) { p.scale.scores[len(p.scale.scores)-1] = 1 / zero },
	} {
		p := tiny(t)
		require.Greater(t, len(p.scale.values), 1)
		spoil(p)
		_, err := Load(bytes.NewReader(save(t, p)), p.Space())
		assert.ErrorIs(t, err, ErrFormat, what)
	}
}

func TestFilesOfAnotherSpace(t *testing.T) {
	file := save(t, tiny(t))
	for _, s := range []searchspace.Space{searchspace.NASBench201{}, space(t, searchspace.Part{Name: "stem", MaxNodes: 4})} {
		_, err := Load(bytes.NewReader(file), s)
		assert.ErrorIs(t, err, ErrOtherSpace)
	}
	_, err := Load(bytes.NewReader(file), nil)
	assert.Error(t, err)
}

type brokenWriter struct{ error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.error }

func TestBrokenStreams(t *testing.T) {
	p := tiny(t)
	broken := errors.New("broken")
	assert.ErrorIs(t, p.Save(brokenWriter{broken}), broken)
	file := save(t, p)
	for _, n := range []int{0, 5, 100, len(file)} {
		_, err := Load(io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(broken)), p.Space())
		assert.ErrorIs(t, err, broken)
		assert.NotErrorIs(t, err, ErrFormat)
	}
}

func FuzzLoad(f *testing.F) {
	p := tiny(f)
	file := save(f, p)
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add(editHeader(f, file, func(h map[string]any) { delete(h, "__metadata__") }))
	f.Add(editHeader(f, file, meta("sizes", `{"networks":1,"hidden":2,"layers":1}`)))
	archs := randomArchs(f, p.Space(), newRand(2), 3)
	f.Add(save(f, processOf(f, p.Space(), examplesOf(archs, edges), ProcessConfig{})))
	f.Fuzz(func(t *testing.T, data []byte) {
		loaded, err := Load(bytes.NewReader(data), p.Space())
		if err != nil {
			require.True(t, errors.Is(err, ErrFormat) || errors.Is(err, ErrOtherSpace), "%v", err)
			return
		}
		again, err := Load(bytes.NewReader(save(t, loaded)), p.Space())
		require.NoError(t, err)
		require.Equal(t, predict(t, loaded, archs...), predict(t, again, archs...))
	})
}
