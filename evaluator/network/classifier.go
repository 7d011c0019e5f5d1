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

// Classifier is a trained network with all that it takes to classify pictures in another program. [Save] writes it and
// [Load] reads it. After its first prediction it must not be copied or changed.
type Classifier struct {
	// Plan is the network.
	Plan *Plan
	// Weights have all parameters of the plan, and may have more if networks share them.
	Weights *Weights
	// Classes are the names of the classes in the order of their labels. If nil, the names are the labels.
	Classes []string
	// Normalization is that of the training images. If it is the zero Normalization, pixels are taken as they are.
	Normalization dataset.Normalization

	networks sync.Pool // of *Network
}

// Prediction is a class with its probability.
type Prediction struct {
	// Label is the number of the class, from 0.
	Label int
	// Class is its name.
	Class string
	// Probability is from 0 to 1. A network that is sure of a class may be wrong.
	Probability float64
}

// Predict classifies an image, whose pixels are bytes of the kind that the network was trained on, channel after channel and
// row after row (C×H×W). It returns all classes, the most probable one first. It is safe for concurrent use.
//
// The error wraps ErrShape if the image is not of the size of the plan's input or the classifier does not fit together.
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

// PredictImage classifies an image of any kind, such as package image decodes. It must have the height and width of the
// plan's input. A network with one channel sees it in grey, one with three channels in red, green and blue.
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
	const weightMemory = 16 // bytes a weight: what Plan.Memory counts for training, which is more than a prediction takes
	return plan.Build(c.Weights, Options{Batch: 1, MemoryLimit: defaultMemoryLimit + weightMemory*plan.layout.Size()})
}

// validate checks that the parts fit together.
func (c *Classifier) validate() error {
	if c.Plan == nil || c.Weights == nil {
		return fmt.Errorf("%w: a classifier must have a plan and weights", ErrShape)
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
		return fmt.Errorf("network of %s: %w: a normalization must have a mean and a deviation for each of %d channels, got %d and %d",
			c.Plan.arch, ErrShape, in.Channels, len(means), len(deviations))
	}
	for i, mean := range means {
		if d := float64(deviations[i]); !(d > 0) || math.IsInf(d, 0) || math.IsNaN(float64(mean)) || math.IsInf(float64(mean), 0) {
			return fmt.Errorf("network of %s: %w: channel %d cannot have a mean of %v with a deviation of %v", c.Plan.arch, ErrShape, i, mean, d)
		}
	}
	return nil
}

// normalize returns what the network computes with.
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

// rank turns logits into probabilities.
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
