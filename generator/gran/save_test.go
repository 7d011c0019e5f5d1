package gran

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"maps"
	"math"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

func mustLoad(t require.TestingT, file []byte, s searchspace.Space) *Model {
	g, err := Load(bytes.NewReader(file), s)
	require.NoError(t, err)
	return g
}

func requireRefused(t require.TestingT, file []byte, s searchspace.Space, what ...any) error {
	_, err := Load(bytes.NewReader(file), s)
	require.Error(t, err, what...)
	require.True(t, errors.Is(err, generator.ErrFormat) || errors.Is(err, generator.ErrOtherSpace), "%v", err)
	return err
}

// tiny is a generator with a small file.
func tiny(t require.TestingT) *Model {
	s := modeltest.Space(t, nil, searchspace.Part{Name: "p", MaxNodes: 2, NodeOps: []string{"a", "b"}})
	return newModel(t, s, Config{Hidden: 5, Layers: 1, Attention: 1, Components: 2}, 1)
}

func TestSavedModelsAreLoaded(t *testing.T) {
	twoParts := modeltest.Space(t, nil, searchspace.Part{Name: "one", MaxNodes: 3, EdgeOps: []string{"none", "x"}}, searchspace.Part{Name: "other", MaxNodes: 2})
	spaces := modeltest.FieldSpaces(t)
	for _, s := range slices.Concat(modeltest.Benchmarks, modeltest.SmallTrained, []searchspace.Space{twoParts}) {
		spaces[s.Name()] = s
	}
	maps.Copy(spaces, shortChains(t))
	for name, s := range spaces {
		for form, c := range forms {
			t.Run(name+", "+form, func(t *testing.T) {
				g := newModel(t, s, c, 1)
				archs := modeltest.Sample(t, g, 2, 20)
				modeltest.Fit(t, g, 3, modeltest.Examples(1, archs...), generator.FitOptions{Epochs: 3})
				file := modeltest.Save(t, g)
				loaded := mustLoad(t, file, s)
				assert.Equal(t, g.Config(), loaded.Config())
				assert.Equal(t, g.NumParams(), loaded.NumParams())
				assert.Equal(t, modeltest.LogProbs(t, g, archs...), modeltest.LogProbs(t, loaded, archs...))
				assert.Equal(t, modeltest.Sample(t, g, 4, 20), modeltest.Sample(t, loaded, 4, 20))
				assert.True(t, bytes.Equal(file, modeltest.Save(t, loaded)))
				modeltest.Fit(t, loaded, 3, modeltest.Examples(1, archs...), generator.FitOptions{})
			})
		}
	}
}

func TestDefaultSizesAreLoaded(t *testing.T) {
	for _, c := range []Config{{}, {Form: CausalForm}} {
		for _, s := range slices.Concat(modeltest.Benchmarks, modeltest.Trained) {
			mustLoad(t, modeltest.Save(t, newModel(t, s, c, 1)), s)
		}
	}
}

func TestTruncatedFiles(t *testing.T) {
	g := tiny(t)
	file := modeltest.Save(t, g)
	for n := range file {
		requireRefused(t, file[:n], g.Space(), "the first %d bytes of %d", n, len(file))
	}
	requireRefused(t, append(file, 0), g.Space())
}

// TestAlteredFiles checks that altered files are rejected, or that the alteration does not change
// the weights.
func TestAlteredFiles(t *testing.T) {
	g := tiny(t)
	file := modeltest.Save(t, g)
	for i := range file {
		for _, flip := range []byte{1, 1 << 5, 0xff} {
			altered := bytes.Clone(file)
			altered[i] ^= flip
			loaded, err := Load(bytes.NewReader(altered), g.Space())
			if err != nil {
				require.True(t, errors.Is(err, generator.ErrFormat) || errors.Is(err, generator.ErrOtherSpace), "byte %d: %v", i, err)
				continue
			}
			require.True(t, bytes.Equal(file, modeltest.Save(t, loaded)), "byte %d, %q, became %q", i, file[i], altered[i])
		}
	}
}

func TestFalseHeaders(t *testing.T) {
	g := tiny(t)
	file := modeltest.Save(t, g)
	const name = "p/theta.2.weight" // a 5 × 5 tensor
	tensor := func(edit func(tensor map[string]any)) func(map[string]any) {
		return func(h map[string]any) { edit(h[name].(map[string]any)) }
	}
	offsets := func(lo, hi any) func(map[string]any) {
		return tensor(func(x map[string]any) { x["data_offsets"] = []any{lo, hi} })
	}
	meta := func(key string, value any) func(map[string]any) {
		return func(h map[string]any) { h["__metadata__"].(map[string]any)[key] = value }
	}
	config := func(change string) func(map[string]any) {
		return func(h map[string]any) {
			var c map[string]any
			require.NoError(t, json.Unmarshal([]byte(h["__metadata__"].(map[string]any)["config"].(string)), &c))
			require.NoError(t, json.Unmarshal([]byte(change), &c))
			text, err := json.Marshal(c)
			require.NoError(t, err)
			meta("config", string(text))(h)
		}
	}
	for what, edit := range map[string]func(header map[string]any){
		"a tensor is missing":         func(h map[string]any) { delete(h, name) },
		"a tensor has another name":   func(h map[string]any) { h["p/theta.3.weight"] = h[name]; delete(h, name) },
		"a tensor is a number":        func(h map[string]any) { h[name] = 1 },
		"half precision":              tensor(func(x map[string]any) { x["dtype"] = "F16" }),
		"no type":                     tensor(func(x map[string]any) { delete(x, "dtype") }),
		"another shape":               tensor(func(x map[string]any) { x["shape"] = []int{25} }),
		"no shape":                    tensor(func(x map[string]any) { delete(x, "shape") }),
		"shape of minus one":          tensor(func(x map[string]any) { x["shape"] = []int{-5, -5} }),
		"negative offsets":            offsets(-100, 0),
		"offsets behind the end":      offsets(1<<30, 1<<30+100),
		"offsets the wrong way round": offsets(200, 100),
		"too few bytes":               offsets(100, 196),
		"too many bytes":              offsets(100, 204),
		"largest offsets":             offsets(int64(math.MinInt64), int64(math.MaxInt64)),
		"no offsets":                  tensor(func(x map[string]any) { delete(x, "data_offsets") }),
		"no metadata":                 func(h map[string]any) { delete(h, "__metadata__") },
		"metadata of numbers":         func(h map[string]any) { h["__metadata__"] = map[string]int{"kind": 1} },
		"another kind":                meta("kind", "something else"),
		"another space":               meta("space", "nasbench101"),
		"other parts":                 meta("parts", "[]"),
		"no checksum":                 meta("crc32", ""),
		"another checksum":            meta("crc32", "123"),
		"no sizes":                    meta("config", ""),
		"sizes that are a list":       meta("config", "[]"),
		"sizes of zero":               meta("config", "{}"),
		"wider":                       config(`{"Hidden": 6}`),
		"narrower":                    config(`{"Hidden": 4}`),
		"wider than memory":           config(`{"Hidden": 4000000000}`),
		"wider than an int":           config(`{"Hidden": 1e30}`),
		"negative width":              config(`{"Hidden": -5}`),
		"another layer":               config(`{"Layers": 2}`),
		"a million layers":            config(`{"Layers": 1000000}`),
		"no layer":                    config(`{"Layers": 0}`),
		"wider attention":             config(`{"Attention": 1000000}`),
		"no attention":                config(`{"Attention": 0}`),
		"another component":           config(`{"Components": 3}`),
		"a million components":        config(`{"Components": 1000000}`),
		"another form":                config(`{"Form": 2}`),
		"an earlier form":             config(`{"Form": 1}`),
		"unknown form":                config(`{"Form": 200}`),
	} {
		t.Run(what, func(t *testing.T) { requireRefused(t, modeltest.EditHeader(t, file, edit), g.Space()) })
	}
	mustLoad(t, modeltest.EditHeader(t, file, func(map[string]any) {}), g.Space())
}

// TestFilesOfTheFormerCausalForm checks that such files are rejected with an explanation.
func TestFilesOfTheFormerCausalForm(t *testing.T) {
	g := tiny(t)
	file := modeltest.EditHeader(t, modeltest.Save(t, g), func(h map[string]any) {
		h["__metadata__"].(map[string]any)["config"] = `{"Form":1,"NodeOps":true,"Hidden":5,"Layers":1,"Attention":1,"Components":2}`
	})
	err := requireRefused(t, file, g.Space())
	assert.ErrorIs(t, err, generator.ErrFormat)
	assert.ErrorContains(t, err, "earlier causal form")
}

func TestInvalidFiles(t *testing.T) {
	g := tiny(t)
	length := func(n uint64, text string) []byte { return append(binary.LittleEndian.AppendUint64(nil, n), text...) }
	for what, file := range map[string][]byte{
		"nothing": nil, "garbage": []byte("\x80\x04not a generator at all"), "zeros": make([]byte, 100),
		"huge header": length(math.MaxUint64, "{}"), "largest header": length(16<<20, "{}"), "too large a header": length(16<<20+1, "{}"),
		"null": length(4, "null"), "list": length(2, "[]"), "empty": length(2, "{}"), "no JSON": length(4, "{{{{"),
		"metadata null": length(21, `{"__metadata__":null}`),
	} {
		t.Run(what, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			requireRefused(t, file, g.Space())
			runtime.ReadMemStats(&after)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), "a short file needs small memory")
		})
	}
}

func TestWeightsThatAreNotFinite(t *testing.T) {
	g := tiny(t)
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		file := modeltest.Save(t, g)
		weights := file[8+binary.LittleEndian.Uint64(file):]
		binary.LittleEndian.PutUint32(weights[40:], math.Float32bits(float32(bad)))
		sum := strconv.FormatUint(uint64(crc32.ChecksumIEEE(weights)), 10)
		file = modeltest.EditHeader(t, file, func(h map[string]any) { h["__metadata__"].(map[string]any)["crc32"] = sum })
		assert.ErrorIs(t, requireRefused(t, file, g.Space()), generator.ErrNotFinite)
	}
}

func TestFilesOfAnotherSpace(t *testing.T) {
	file := modeltest.Save(t, newModel(t, searchspace.NASBench101{}, small, 1))
	assert.ErrorIs(t, requireRefused(t, file, searchspace.NASBench201{}), generator.ErrOtherSpace)
	for n, expected := range []string{"it has 1 parts, want 2", `its part "p" has MaxNodes 2, want 1`} {
		parts := []searchspace.Part{{Name: "p", MaxNodes: 1, NodeOps: []string{"a", "b"}}, {Name: "q", MaxNodes: 1}}
		other := modeltest.Space(t, nil, parts[:2-n]...)
		assert.ErrorContains(t, requireRefused(t, modeltest.Save(t, tiny(t)), other), expected)
	}
	sameName := modeltest.Space(t, nil, searchspace.Part{Name: "p", MaxNodes: 3, NodeOps: []string{"a", "b"}})
	assert.ErrorIs(t, requireRefused(t, modeltest.Save(t, tiny(t)), sameName), generator.ErrOtherSpace)
}

// TestPartsInFiles pins the description of parts in files. Parts without fields are described as
// before fields were introduced.
func TestPartsInFiles(t *testing.T) {
	for want, part := range map[string]searchspace.Part{
		`[{"Name":"p","MaxNodes":2,"NodeOps":["a","b"],"EdgeOps":null,"Last":""}]`: {Name: "p", MaxNodes: 2, NodeOps: []string{"a", "b"}},
		`[{"Name":"p","MaxNodes":1,"NodeOps":null,"EdgeOps":null,` +
			`"NodeFields":[{"Name":"rate","Values":["0.1","0.2"],"Ordered":true,"Conditions":null}],"Last":""}]`: searchspace.Params("p", searchspace.Ordered("rate", 0.1, 0.2)),
	} {
		file := modeltest.Save(t, newModel(t, modeltest.Space(t, nil, part), small, 1))
		modeltest.EditHeader(t, file, func(h map[string]any) {
			assert.Equal(t, want, h["__metadata__"].(map[string]any)["parts"])
		})
	}
}

func TestFilesOfOtherFields(t *testing.T) {
	cell := func(fields ...searchspace.Field) searchspace.Space {
		return modeltest.Space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 2, NodeOps: []string{"a", "b"}, NodeFields: fields})
	}
	kernel := searchspace.Ordered("kernel", 3, 5)
	g := newModel(t, cell(kernel), small, 1)
	file := modeltest.Save(t, g)
	mustLoad(t, file, cell(kernel))
	for name, s := range map[string]searchspace.Space{
		"no fields": cell(), "a second field": cell(kernel, searchspace.Bool("wide")), "another name": cell(searchspace.Ordered("size", 3, 5)),
		"another value": cell(searchspace.Ordered("kernel", 3, 7)), "another order": cell(searchspace.Ordered("kernel", 5, 3)),
		"no order": cell(searchspace.Choice("kernel", "3", "5")), "a condition": cell(kernel.When("op", "a")),
		"fields of edges": modeltest.Space(t, nil, searchspace.Part{
			Name: "cell", MaxNodes: 2, NodeOps: []string{"a", "b"}, EdgeFields: []searchspace.Field{kernel},
		}),
	} {
		t.Run(name, func(t *testing.T) {
			err := requireRefused(t, file, s)
			assert.ErrorIs(t, err, generator.ErrOtherSpace)
			assert.ErrorContains(t, err, `its part "cell" has`)
			assert.ErrorContains(t, err, `"kernel"`)
			assert.ErrorContains(t, err, "Fields")
		})
	}
}

type brokenWriter struct{ error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.error }

func TestBrokenStreams(t *testing.T) {
	g := tiny(t)
	broken := errors.New("broken")
	assert.ErrorIs(t, g.Save(brokenWriter{broken}), broken)
	file := modeltest.Save(t, g)
	for _, n := range []int{0, 5, 100, len(file)} {
		_, err := Load(io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(broken)), g.Space())
		assert.ErrorIs(t, err, broken)
	}
	_, err := Load(iotest.OneByteReader(bytes.NewReader(file)), g.Space())
	assert.NoError(t, err)
}

func FuzzLoad(f *testing.F) {
	g := tiny(f)
	file := modeltest.Save(f, g)
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add(modeltest.EditHeader(f, file, func(h map[string]any) { delete(h, "__metadata__") }))
	f.Add(modeltest.EditHeader(f, file, func(h map[string]any) { h["p/theta.2.weight"] = nil }))
	f.Fuzz(func(t *testing.T, data []byte) {
		loaded, err := Load(bytes.NewReader(data), g.Space())
		if err != nil {
			require.True(t, errors.Is(err, generator.ErrFormat) || errors.Is(err, generator.ErrOtherSpace), "%v", err)
			return
		}
		archs := modeltest.Sample(t, loaded, 1, 3)
		require.Equal(t, modeltest.LogProbs(t, loaded, archs...), modeltest.LogProbs(t, mustLoad(t, modeltest.Save(t, loaded), g.Space()), archs...))
	})
}
