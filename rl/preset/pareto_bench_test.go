package preset_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

// BenchmarkPareto searches a chain of 20 blocks, each with a kernel size and an expansion, for the best trade-offs between a
// score and the latency, which is known before an evaluation. Uniform draws take the place of the generator. It reports the
// mean hypervolume after 50 and after 100 evaluations, with its standard error over the searches, with and without refinement.
func BenchmarkPareto(b *testing.B) {
	space, err := searchspace.New("chain-20", []searchspace.Part{searchspace.Chain("net", 20, 20, nil,
		searchspace.Ordered("kernel", 3, 5, 7), searchspace.Ordered("expand", 2, 3, 4, 6))})
	require.NoError(b, err)
	for _, refine := range []int{10, 0} {
		b.Run(fmt.Sprintf("refine=%d", refine), func(b *testing.B) {
			var half, all []float64
			for b.Loop() {
				method, config := preset.Pareto(newModel(space))
				method.Ranking.Refine, config.Seed = refine, uint64(1+len(all))
				config.Objectives = []rl.Objective{rl.Maximize(""), rl.Minimize("latency")}
				config.Figures = evaluator.Func(chainLatency)
				search, err := rl.New(space, method, config)
				require.NoError(b, err)
				h, err := search.Run(b.Context(), evaluator.Func(chainScore))
				require.NoError(b, err)
				volumes, err := h.Hypervolume([]float64{0, 460})
				require.NoError(b, err)
				half, all = append(half, volumes[49]), append(all, volumes[99])
			}
			b.ReportMetric(stat.Mean(half, nil), "after-50")
			b.ReportMetric(stat.Mean(all, nil), "after-100")
			if n := float64(len(all)); n > 1 {
				b.ReportMetric(stat.StdErr(stat.StdDev(half, nil), n), "±50")
				b.ReportMetric(stat.StdErr(stat.StdDev(all, nil), n), "±100")
			}
		})
	}
}

// chainLatency adds up the latencies of the blocks.
func chainLatency(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	latency := 0.0
	for i := range a.Part(0).Len() {
		block := a.Part(0).Node(i)
		latency += 3 + block.Float("kernel")*block.Float("expand")/2
	}
	return evaluator.Result{Metrics: map[string]float64{"latency": latency}}, nil
}

// chainScore rewards wide blocks, kernels that grow with the depth, and neighbors with different kernels that are not both wide.
func chainScore(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	net, score := a.Part(0), 0.0
	for i := range net.Len() {
		kernel, expand := net.Node(i).Float("kernel"), net.Node(i).Float("expand")
		score += 0.4*math.Log(expand) - 0.15*math.Abs(kernel-(3+4*float64(i)/19))
		if i == 0 {
			continue
		}
		before := net.Node(i - 1)
		if kernel != before.Float("kernel") {
			score += 0.4
		}
		if expand >= 4 && before.Float("expand") >= 4 {
			score -= 0.8
		}
	}
	return evaluator.Result{Value: score}, nil
}
