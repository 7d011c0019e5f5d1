package predictor

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/internal/descent"
	"github.com/graphpnas/graphpnas/internal/f32"
)

// trainNetwork returns the parameters of a network that has made so many passes over the data, which it shuffles.
func trainNetwork(ctx context.Context, net *network, data []target, epochs int, rng *rand.Rand) ([]float32, error) {
	flat := make([]float32, net.layout.Size)
	net.layout.Init(flat, rng)
	loss := &batchLoss{net: net}
	program, err := descent.New(loss, flat)
	if err != nil {
		return nil, err
	}
	program.Adam.ClipNorm = clipNorm
	step, steps := 0, float64(epochs)*float64(batches(len(data)))
	for range epochs {
		rng.Shuffle(len(data), func(i, j int) { data[i], data[j] = data[j], data[i] })
		for start := 0; start < len(data); start += batchSize {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			loss.batch = data[start:min(start+batchSize, len(data))]
			if err := program.Run(); err != nil {
				return nil, fmt.Errorf("step %d: %w", step, err)
			}
			program.Adam.LearningRate = rateAt((float64(step) + 0.5) / steps)
			f32.Scale(float32(1-program.Adam.LearningRate*weightDecay), flat)
			if err := program.Descend(); err != nil {
				return nil, fmt.Errorf("step %d: %w", step, err)
			}
			step++
		}
	}
	return flat, nil
}

// rateAt returns the learning rate when the given share of the training, between 0 and 1, is done.
func rateAt(done float64) float64 {
	return learningRate * min(done/warmUp, 1) * (1 + math.Cos(math.Pi*done)) / 2
}
