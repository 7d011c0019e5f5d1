package dataset

import (
	"context"
	"fmt"
	"iter"
	"math"
	"sync"
)

// Normalization scales pixels to mean 0 and standard deviation 1: it subtracts Mean from the values of each channel and divides them
// by Deviation. Both have one element per channel and are in units of the byte pixels; multiply published values for pixels from 0
// to 1 by 255.
type Normalization struct{ Mean, Deviation []float32 }

// MeasureNormalization returns the mean and the standard deviation of each channel over all images of a set. Pass the training set
// only, so that no information about validation or test images leaks into training. The deviation of a constant channel is 1. Images
// in files are read and decoded on all processors. It returns an error if ctx ends.
func MeasureNormalization(ctx context.Context, s *Set) (Normalization, error) {
	if s.Len() == 0 {
		return Normalization{}, fmt.Errorf("measuring the normalization: %w", errEmpty)
	}
	total := make([]moments, s.shape.Channels)
	var mu sync.Mutex
	err := s.each(ctx, func(images iter.Seq[int]) error {
		part, err := s.measure(images)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		for c, m := range part {
			total[c].sum += m.sum
			total[c].squares += m.squares
		}
		return nil
	})
	if err != nil {
		return Normalization{}, fmt.Errorf("measuring the normalization: %w", err)
	}
	return normalization(total, s.Len()*s.shape.Height*s.shape.Width), nil
}

// moments are sums over the bytes of a channel. They are integers, so the order of addition does not matter.
type moments struct{ sum, squares uint64 }

// measure returns the moments of each channel over the given images.
func (s *Set) measure(images iter.Seq[int]) ([]moments, error) {
	part := make([]moments, s.shape.Channels)
	pixels := make([]uint8, s.shape.Size())
	plane := s.shape.Height * s.shape.Width
	for i := range images {
		if err := s.Read(i, pixels); err != nil {
			return nil, err
		}
		for c := range part {
			m := part[c]
			for _, p := range pixels[c*plane : (c+1)*plane] {
				m.sum += uint64(p)
				m.squares += uint64(p) * uint64(p)
			}
			part[c] = m
		}
	}
	return part, nil
}

func normalization(channels []moments, count int) Normalization {
	var n Normalization
	for _, m := range channels {
		mean := float64(m.sum) / float64(count)
		deviation := math.Sqrt(max(0, float64(m.squares)/float64(count)-mean*mean))
		if deviation == 0 {
			deviation = 1
		}
		n.Mean = append(n.Mean, float32(mean))
		n.Deviation = append(n.Deviation, float32(deviation))
	}
	return n
}

// tables returns, for each channel, the normalized value of every byte.
func (n Normalization) tables(channels int) ([][256]float32, error) {
	if len(n.Mean) != channels || len(n.Deviation) != channels {
		return nil, fmt.Errorf("there must be one mean and one deviation for each of %[3]d channels, got %[1]d and %[2]d", len(n.Mean), len(n.Deviation), channels)
	}
	tables := make([][256]float32, channels)
	for c := range tables {
		mean, deviation := float64(n.Mean[c]), float64(n.Deviation[c])
		if math.IsNaN(mean) || math.IsInf(mean, 0) || !(deviation > 0) || math.IsInf(deviation, 0) {
			return nil, fmt.Errorf("channel %d: the mean must be finite and the deviation finite and positive, got %v and %v", c, mean, deviation)
		}
		for p := range tables[c] {
			tables[c][p] = float32((float64(p) - mean) / deviation)
		}
	}
	return tables, nil
}
