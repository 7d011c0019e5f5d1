package network

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
)

// Classifier is a trained network with everything needed to classify images in another program. [Save] writes it and [Load] reads
// it. It must not be copied or changed after its first prediction.
type Classifier struct {
	// Plan describes the network.
	Plan *Plan
	// Weights contain all parameters of the plan, and may contain more if networks share them.
	Weights *Weights
	// Classes are the names of the classes in the order of their labels. If nil, the labels are used as names.
	Classes []string
	// Normalization is the normalization of the training images. If it is zero, pixels are not normalized.
	Normalization dataset.Normalization

	networks sync.Pool // of *Network
}

// Prediction is a class with its probability.
type Prediction struct {
	// Label is the number of the class, from 0.
	Label int
	// Class is the name of the class.
	Class string
	// Probability is the network's estimate, from 0 to 1. Networks are often overconfident.
	Probability float64
}

// Predict classifies an image given as bytes, channel by channel and row by row (C×H×W), in the format of the training images. It
// returns all classes, the most probable first. It is safe for concurrent use.
//
// The error wraps [ErrShape] if the image does not have the size of the plan's input, or if the parts of the
// classifier do not match.
func (c *Classifier) Predict(pixels []uint8) ([]Prediction, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	in := c.Plan.input
	if want := in.Channels * in.Height * in.Width; len(pixels) != want {
		return nil, fmt.Errorf("network of %s: %w: an image must have %d×%d×%d pixels, %d in all, got %d", c.Plan.arch, ErrShape, in.Channels,
			in.Height, in.Width, want, len(pixels))
	}
	n, ok := c.networks.Get().(*Network)
	if !ok {
		var err error
		if n, err = c.build(); err != nil {
			return nil, err
		}
	}
	defer c.networks.Put(n)
	logits, err := n.Forward(c.normalize(pixels), Evaluate)
	if err != nil {
		return nil, err
	}
	return c.rank(logits), nil
}

// PredictImage classifies an image.Image, such as one that package image/png has decoded. It must have the height and width of
// the plan's input. For a network with one channel it is converted to gray; a network with three channels gets red, green and
// blue.
func (c *Classifier) PredictImage(img image.Image) ([]Prediction, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	in, bounds := c.Plan.input, img.Bounds()
	if bounds.Dx() != in.Width || bounds.Dy() != in.Height || in.Channels != 1 && in.Channels != 3 {
		return nil, fmt.Errorf("network of %s: %w: an image must be %d pixels wide and %d high, for 1 or 3 channels, got %d and %d for %d",
			c.Plan.arch, ErrShape, in.Width, in.Height, bounds.Dx(), bounds.Dy(), in.Channels)
	}
	plane := in.Height * in.Width
	pixels := make([]uint8, in.Channels*plane)
	for i := range plane {
		at := img.At(bounds.Min.X+i%in.Width, bounds.Min.Y+i/in.Width)
		if in.Channels == 1 {
			pixels[i] = color.GrayModel.Convert(at).(color.Gray).Y
			continue
		}
		rgb := color.RGBAModel.Convert(at).(color.RGBA)
		pixels[i], pixels[plane+i], pixels[2*plane+i] = rgb.R, rgb.G, rgb.B
	}
	return c.Predict(pixels)
}

func (c *Classifier) build() (*Network, error) {
	plan, err := c.Plan.Within(c.Weights.Layout)
	if err != nil {
		return nil, err
	}
	const weightMemory = 16 // bytes per weight, as Plan.Memory counts for training; a prediction needs less
	return plan.Build(c.Weights, Options{Batch: 1, MemoryLimit: defaultMemoryLimit + weightMemory*plan.layout.Size()})
}

// validate returns an error if the parts of the classifier do not match.
func (c *Classifier) validate() error {
	if c.Plan == nil || c.Weights == nil {
		return fmt.Errorf("%w: the classifier must have a Plan and Weights", ErrShape)
	}
	in := c.Plan.input
	if c.Classes != nil && len(c.Classes) != in.Classes {
		return fmt.Errorf("network of %s: %w: there must be %d names of classes, got %d", c.Plan.arch, ErrShape, in.Classes, len(c.Classes))
	}
	means, deviations := c.Normalization.Mean, c.Normalization.Deviation
	if means == nil && deviations == nil {
		return nil
	}
	if len(means) != in.Channels || len(deviations) != in.Channels {
		return fmt.Errorf("network of %s: %w: the normalization must have a mean and a standard deviation for each of %d channels, got %d and %d",
			c.Plan.arch, ErrShape, in.Channels, len(means), len(deviations))
	}
	for i, mean := range means {
		if d := float64(deviations[i]); !(d > 0) || math.IsInf(d, 0) || math.IsNaN(float64(mean)) || math.IsInf(float64(mean), 0) {
			return fmt.Errorf("network of %s: %w: the mean of channel %d must be finite and its standard deviation finite and positive, got %v and %v", c.Plan.arch, ErrShape, i, mean, d)
		}
	}
	return nil
}

// normalize returns the normalized pixels.
func (c *Classifier) normalize(pixels []uint8) []float32 {
	values, plane := make([]float32, len(pixels)), c.Plan.input.Height*c.Plan.input.Width
	for i, p := range pixels {
		values[i] = float32(p)
		if c.Normalization.Mean != nil {
			mean, deviation := c.Normalization.Mean[i/plane], c.Normalization.Deviation[i/plane]
			values[i] = float32((float64(p) - float64(mean)) / float64(deviation))
		}
	}
	return values
}

// rank converts logits to predictions, the most probable first.
func (c *Classifier) rank(logits []float32) []Prediction {
	ranking, total, most := make([]Prediction, len(logits)), 0.0, slices.Max(logits)
	for i, v := range logits {
		ranking[i] = Prediction{Label: i, Class: strconv.Itoa(i), Probability: math.Exp(float64(v - most))}
		if c.Classes != nil {
			ranking[i].Class = c.Classes[i]
		}
		total += ranking[i].Probability
	}
	for i := range ranking {
		ranking[i].Probability /= total
	}
	slices.SortStableFunc(ranking, func(a, b Prediction) int { return cmp.Compare(b.Probability, a.Probability) })
	return ranking
}
