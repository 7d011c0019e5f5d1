package network_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/network/internal/draw"
	"github.com/graphpnas/graphpnas/internal/safetensors"
)

// classifier draws a classifier for a space.
func classifier(t require.TestingT, space draw.Space, seed uint64) *network.Classifier {
	rng := rand.New(rand.NewPCG(seed, 3))
	p, err := space.Plan(rng)
	require.NoError(t, err)
	return &network.Classifier{
		Plan: p, Weights: draw.Weights(p, rng), Classes: []string{"ant", "bee", "cat", "dog", "été"},
		Normalization: dataset.Normalization{Mean: []float32{100, 120, 140.5}, Deviation: []float32{50, 60, 70.25}},
	}
}

func save(t require.TestingT, c *network.Classifier) []byte {
	var file bytes.Buffer
	require.NoError(t, network.Save(&file, c))
	return file.Bytes()
}

// TestSaveAndLoad saves classifiers of all spaces, and checks that a loaded one has the same plan, weights and predictions.
func TestSaveAndLoad(t *testing.T) {
	spaces := draw.Spaces()
	rapid.Check(t, func(t *rapid.T) {
		c := classifier(t, rapid.SampledFrom(spaces).Draw(t, "space"), rapid.Uint64().Draw(t, "seed"))
		file := save(t, c)
		d, err := network.Load(bytes.NewReader(file))
		require.NoError(t, err)
		require.Equal(t, c.Plan.Fingerprint(), d.Plan.Fingerprint())
		require.Equal(t, c.Weights.Params, d.Weights.Params)
		require.Equal(t, c.Weights.Statistics, d.Weights.Statistics)
		require.Equal(t, c.Classes, d.Classes)
		require.Equal(t, c.Normalization, d.Normalization)
		pixels := rapid.SliceOfN(rapid.Byte(), 270, 270).Draw(t, "pixels")
		want, err := c.Predict(pixels)
		require.NoError(t, err)
		got, err := d.Predict(pixels)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, file, save(t, d))
	})
}

// TestPredict checks that probabilities follow from the logits of the normalized pixels, and that
// predictions have the names of the classes.
func TestPredict(t *testing.T) {
	c := classifier(t, draw.Spaces()[0], 1)
	img := image.NewNRGBA(image.Rect(5, 7, 14, 17)) // 9 wide, 10 high, origin not at 0
	rng := rand.New(rand.NewPCG(1, 1))
	var normalized []float32
	for channel := range 3 {
		for y := range 10 {
			for x := range 9 {
				at := img.NRGBAAt(5+x, 7+y)
				p := []*uint8{&at.R, &at.G, &at.B}[channel]
				*p, at.A = uint8(rng.IntN(256)), 255
				img.SetNRGBA(5+x, 7+y, at)
				normalized = append(normalized, (float32(*p)-c.Normalization.Mean[channel])/c.Normalization.Deviation[channel])
			}
		}
	}
	n, err := c.Plan.Build(c.Weights, network.Options{})
	require.NoError(t, err)
	logits, err := n.Forward(normalized, network.Evaluate)
	require.NoError(t, err)
	total := 0.0
	for _, v := range logits {
		total += math.Exp(float64(v))
	}
	ranking, err := c.PredictImage(img)
	require.NoError(t, err)
	require.Len(t, ranking, 5)
	for i, p := range ranking {
		assert.InDelta(t, math.Exp(float64(logits[p.Label]))/total, p.Probability, 1e-5)
		assert.Equal(t, c.Classes[p.Label], p.Class)
		if i > 0 {
			assert.LessOrEqual(t, p.Probability, ranking[i-1].Probability)
		}
	}
	labeled := &network.Classifier{Plan: c.Plan, Weights: c.Weights}
	ranking, err = labeled.PredictImage(img)
	require.NoError(t, err)
	assert.Contains(t, "0 1 2 3 4", ranking[0].Class)

	_, err = c.PredictImage(image.NewGray(image.Rect(0, 0, 10, 9)))
	require.ErrorIs(t, err, network.ErrShape)
	assert.ErrorContains(t, err, "9 pixels wide and 10 high")
	_, err = c.Predict(make([]uint8, 269))
	require.ErrorIs(t, err, network.ErrShape)
	assert.ErrorContains(t, err, "270 in all, got 269")
}

// TestGrayPictures checks that colors are converted to gray for a network with one channel, and
// that pixels are unchanged without a normalization.
func TestGrayPictures(t *testing.T) {
	space := draw.Spaces()[0]
	space.Input.Channels = 1
	c := classifier(t, space, 1)
	c.Normalization = dataset.Normalization{}
	img := image.NewRGBA(image.Rect(0, 0, 9, 10))
	for i := range 90 {
		img.Set(i%9, i/9, color.RGBA{uint8(i), uint8(i), uint8(i), 255})
	}
	got, err := c.PredictImage(img)
	require.NoError(t, err)
	pixels, values := make([]uint8, 90), make([]float32, 90)
	for i := range pixels {
		pixels[i], values[i] = uint8(i), float32(i)
	}
	want, err := c.Predict(pixels)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

// TestSharedWeightsAreSavedForOneNetwork checks that only one network's part of shared weights is saved.
func TestSharedWeightsAreSavedForOneNetwork(t *testing.T) {
	space := draw.Spaces()[3]
	rng := rand.New(rand.NewPCG(2, 2))
	one, err := space.Plan(rng)
	require.NoError(t, err)
	two, err := space.Plan(rng)
	require.NoError(t, err)
	layout, err := network.Share(two, one)
	require.NoError(t, err)
	c := &network.Classifier{Plan: one, Weights: layout.Init(rng)}
	d, err := network.Load(bytes.NewReader(save(t, c)))
	require.NoError(t, err)
	assert.Equal(t, one.Layout(), d.Weights.Layout)
	for _, p := range one.Layout().Parameters() {
		assert.Equal(t, c.Weights.Of(p.Name), d.Weights.Of(p.Name), p.Name)
	}
	pixels := make([]uint8, 270)
	want, err := c.Predict(pixels)
	require.NoError(t, err)
	got, err := d.Predict(pixels)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestClassifiersThatDoNotFit(t *testing.T) {
	for name, change := range map[string]func(c *network.Classifier){
		"a Plan":        func(c *network.Classifier) { c.Plan = nil },
		"and Weights":   func(c *network.Classifier) { c.Weights = nil },
		"layout is nil": func(c *network.Classifier) { c.Weights = &network.Weights{} },
		"no parameter":  func(c *network.Classifier) { c.Weights = classifier(t, draw.Spaces()[2], 1).Weights },
		"1 weights":     func(c *network.Classifier) { c.Weights.Params = c.Weights.Params[:1] },
		"names":         func(c *network.Classifier) { c.Classes = c.Classes[:4] },
		"normalization": func(c *network.Classifier) { c.Normalization.Mean = nil },
		"deviation":     func(c *network.Classifier) { c.Normalization.Deviation[1] = 0 },
	} {
		c := classifier(t, draw.Spaces()[0], 1)
		change(c)
		err := network.Save(io.Discard, c)
		require.ErrorIs(t, err, network.ErrShape, name)
		assert.ErrorContains(t, err, name)
		_, err = c.Predict(make([]uint8, 270))
		require.ErrorIs(t, err, network.ErrShape, name)
	}
}

// TestLoadRejects checks that truncated and altered files, and files of other kinds, are rejected.
func TestLoadRejects(t *testing.T) {
	c := classifier(t, draw.Spaces()[0], 1)
	file := save(t, c)
	for n := 0; n < len(file); n += 97 {
		_, err := network.Load(bytes.NewReader(file[:n]))
		require.ErrorIs(t, err, network.ErrFormat, "the first %d bytes", n)
	}
	for _, at := range []int{3, 20, len(file) - 2, bytes.Index(file, []byte("running_mean"))} {
		altered := bytes.Clone(file)
		altered[at] ^= 1
		_, err := network.Load(bytes.NewReader(altered))
		require.ErrorIs(t, err, network.ErrFormat, "byte %d", at)
	}
	failure := errors.New("disk error")
	_, err := network.Load(io.MultiReader(bytes.NewReader(file[:200]), iotest.ErrReader(failure)))
	require.ErrorIs(t, err, failure)
	require.NotErrorIs(t, err, network.ErrFormat)

	for name, meta := range map[string]map[string]string{
		`kind "graphpnas network", got ""`: nil,
		`got "graphpnas training"`:         {"kind": "graphpnas training"},
		"plan: malformed":                  {"kind": "graphpnas network", "plan": "{}"},
		"the metadata was altered":         {"kind": "graphpnas network", "plan": "{}", "seal": "0"},
		"classes":                          {"kind": "graphpnas network", "plan": small, "classes": "{}"},
		"must have 103 values, got 0":      {"kind": "graphpnas network", "plan": small},
	} {
		var other bytes.Buffer
		require.NoError(t, safetensors.Write(&other, meta, nil))
		_, err := network.Load(&other)
		require.ErrorIs(t, err, network.ErrFormat, name)
		assert.ErrorContains(t, err, name)
	}
	_, err = network.Load(bytes.NewReader([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")))
	assert.ErrorIs(t, err, network.ErrFormat)
}

// TestReadWeights checks that weights can be read from another program's file, which may contain
// other tensors, but not from a file with the weights of another plan.
func TestReadWeights(t *testing.T) {
	c := classifier(t, draw.Spaces()[0], 1)
	other := classifier(t, draw.Spaces()[2], 1)
	w, err := network.ReadWeights(bytes.NewReader(save(t, c)), c.Plan)
	require.NoError(t, err)
	assert.Equal(t, c.Weights.Params, w.Params)
	assert.Equal(t, c.Weights.Statistics, w.Statistics)
	_, err = network.ReadWeights(bytes.NewReader(save(t, c)), other.Plan)
	require.ErrorIs(t, err, network.ErrFormat)
	assert.ErrorContains(t, err, other.Plan.Arch())

	list := []safetensors.Tensor{{Name: "extra", Shape: []int{9}, Values: make([]float32, 9)}}
	for _, p := range slices.Concat(c.Plan.Layout().Parameters(), c.Plan.Layout().Statistics()) {
		list = append(list, safetensors.Tensor{Name: p.Name, Shape: p.Shape, Values: c.Weights.Of(p.Name)})
	}
	var file bytes.Buffer
	require.NoError(t, safetensors.Write(&file, nil, list))
	w, err = network.ReadWeights(&file, c.Plan)
	require.NoError(t, err)
	assert.Equal(t, c.Weights.Params, w.Params)
	list[3].Shape, list[3].Values = []int{1}, []float32{1}
	require.NoError(t, safetensors.Write(&file, nil, list))
	_, err = network.ReadWeights(&file, c.Plan)
	require.ErrorIs(t, err, network.ErrFormat)
	assert.ErrorContains(t, err, list[3].Name)
}

// FuzzLoad checks that every file is either rejected or loaded as a classifier that can predict and be saved again.
func FuzzLoad(f *testing.F) {
	var p network.Plan
	require.NoError(f, json.Unmarshal([]byte(small), &p))
	c := &network.Classifier{Plan: &p, Weights: p.Layout().Init(rand.New(rand.NewPCG(1, 1)))}
	f.Add(save(f, c))
	c.Classes = []string{"ant", "bee", "été"}
	c.Normalization = dataset.Normalization{Mean: []float32{100, 120.5}, Deviation: []float32{50, 60.25}}
	f.Add(save(f, c))
	f.Fuzz(func(t *testing.T, file []byte) {
		if _, err := network.ReadWeights(bytes.NewReader(file), &p); err != nil {
			require.ErrorIs(t, err, network.ErrFormat)
		}
		c, err := network.Load(bytes.NewReader(file))
		if err != nil {
			require.ErrorIs(t, err, network.ErrFormat)
			return
		}
		if in := c.Plan.Input(); c.Plan.Memory(1) < 1<<16 {
			_, err := c.Predict(make([]uint8, in.Channels*in.Height*in.Width))
			require.NoError(t, err)
		}
		require.NoError(t, network.Save(io.Discard, c))
	})
}
