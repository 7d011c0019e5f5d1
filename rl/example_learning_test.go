package rl_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
)

// smallGenerator returns a generator that trains quickly.
func smallGenerator(space searchspace.Space) *gran.Model {
	model, err := gran.New(space, gran.Config{Layers: 1, Attention: 16, Components: 2}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		log.Fatal(err)
	}
	return model
}

// search runs a method on NAS-Bench-201 and returns the history.
func search(method rl.Method, config rl.Config, e evaluator.Evaluator) *rl.History {
	s, err := rl.New(searchspace.NASBench201{}, method, config)
	if err != nil {
		log.Fatal(err)
	}
	history, err := s.Run(context.Background(), e)
	if err != nil {
		log.Fatal(err)
	}
	return history
}

// drawnConvolutions returns the mean number of convolutions of cells that a generator draws.
func drawnConvolutions(model *gran.Model) float64 {
	cells, err := model.Sample(context.Background(), rand.New(rand.NewPCG(2, 2)), 200)
	if err != nil {
		log.Fatal(err)
	}
	sum := 0.0
	for _, a := range cells {
		result, _ := convolutions(context.Background(), a)
		sum += result.Value
	}
	return sum / float64(len(cells))
}

// OnPolicy makes one step of REINFORCE for each group of draws. The steps are small, and nothing is
// learned twice, so it needs many more evaluations than Replay.
func ExampleOnPolicy() {
	model := smallGenerator(searchspace.NASBench201{})
	method := rl.Reinforce{Model: model, Exploration: rl.First(0), Learner: rl.OnPolicy{LearningRate: 0.02}}
	before := drawnConvolutions(model)
	search(method, rl.Config{Seed: 1, Evaluations: 300, Batch: 20, Lag: 1}, convolutions)
	fmt.Printf("convolutions in a cell that the generator draws: before %.1f, after %.1f\n", before, drawnConvolutions(model))
	// Output: convolutions in a cell that the generator draws: before 0.8, after 6.0
}

// skips counts the skip connections of a cell.
func skips(a searchspace.Arch) (n int) {
	for _, e := range a.Part(0).Edges() {
		if e.Op == "skip_connect" {
			n++
		}
	}
	return n
}

// fewSkips is a Ranker of your own. It prefers cells with few skip connections and ignores results.
type fewSkips struct{}

func (fewSkips) Rank(_ context.Context, _ *rl.State, candidates []searchspace.Arch, n int) ([]int, error) {
	order := make([]int, len(candidates))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return skips(candidates[i]) - skips(candidates[j]) })
	return order[:min(n, len(order))], nil
}

// With a Ranking, draws of the generator, neighbors of the best cells and random cells compete for
// each evaluation. The first group explores and is not ranked.
func ExampleRanking() {
	method := rl.Reinforce{
		Model:       smallGenerator(searchspace.NASBench201{}),
		Exploration: rl.First(10),
		Ranking:     rl.Ranking{Ranker: fewSkips{}, Samples: 50, Parents: 2, Scattered: 20},
	}
	history := search(method, rl.Config{Seed: 1, Evaluations: 30, Batch: 10, Lag: 1}, convolutions)
	var total [3]int
	for _, e := range history.Evaluations {
		total[e.Group] += skips(e.Arch)
	}
	fmt.Println("skip connections of the ten cells of each group:", total)
	// Output: skip connections of the ten cells of each group: [22 0 0]
}

// impatient stops every evaluation whose last value is below half of the best at the same epoch. It
// embeds the method that proposes the trials.
type impatient struct{ rl.Method }

func (impatient) Stop(_ rl.Trial, curve evaluator.Curve, others []evaluator.Curve) bool {
	last := curve[len(curve)-1]
	for _, other := range others {
		if value, ok := other.At(last.Epoch); ok && last.Value < value/2 {
			return true
		}
	}
	return false
}

// A method that implements Stopper saves the rest of evaluations that look bad while they run.
func ExampleStopper() {
	training := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		result, err := convolutions.Evaluate(ctx, a)
		for epoch := 1.0; epoch <= 3; epoch++ {
			accuracy := result.Value * epoch / 3
			evaluator.Report(ctx, evaluator.Progress{Epoch: epoch, Value: &accuracy})
			if ctx.Err() != nil {
				return evaluator.Result{}, context.Cause(ctx)
			}
		}
		return result, err
	})
	history := search(impatient{baseline.RandomSearch{}}, rl.Config{Seed: 1, Evaluations: 20}, training)
	stopped := 0
	for _, e := range history.Evaluations {
		if errors.Is(e.Err, evaluator.ErrStopped) {
			stopped++
		}
	}
	best, _ := history.Best()
	fmt.Println(stopped, "of 20 evaluations stopped early, best:", best.Result.Value)
	// Output: 11 of 20 evaluations stopped early, best: 4
}

// memory is a Recorder that keeps the record in memory. Package evaluator/store has one that writes
// to a file.
type memory struct{ lines [][]byte }

func (m *memory) Recorded(context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, line := range m.lines {
			if !yield(line, nil) {
				return
			}
		}
	}
}

func (m *memory) Record(_ context.Context, line []byte) error {
	m.lines = append(m.lines, slices.Clone(line))
	return nil
}

// The record of a search is enough to read its history, while the search runs or afterwards.
func ExampleReadRecord() {
	record := &memory{}
	search(baseline.RandomSearch{}, rl.Config{Seed: 1, Evaluations: 10, Recorder: record}, convolutions)
	history, err := rl.ReadRecord(context.Background(), searchspace.NASBench201{}, record, nil)
	if err != nil {
		log.Fatal(err)
	}
	best, _ := history.Best()
	fmt.Println(len(history.Evaluations), "evaluations, best:", best.Result.Value)
	// Output: 10 evaluations, best: 2
}
