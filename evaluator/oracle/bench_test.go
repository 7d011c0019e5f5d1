package oracle_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/searchspace"
)

// BenchmarkEpoch times epochs of small networks of NAS-Bench-201 on the digits. GFLOPS counts a multiplication with its addition as
// two operations, and the backward pass as two forward passes. For networks that train in parallel, one on each processor, ms/epoch
// is the time divided by the number of epochs of all networks.
func BenchmarkEpoch(b *testing.B) {
	images := digits(b)
	for _, c := range []struct {
		name   string
		design network.NASBench201
		cell   string
		batch  int
	}{
		{"4 channels, 1 cell, heavy", network.NASBench201{Channels: 4, Cells: 1}, heavy, 64},
		{"4 channels, 2 cells, heavy", network.NASBench201{Channels: 4, Cells: 2}, heavy, 64},
		{"8 channels, 1 cell, heavy", network.NASBench201{Channels: 8, Cells: 1}, heavy, 64},
		{"8 channels, 1 cell, heavy, batch 32", network.NASBench201{Channels: 8, Cells: 1}, heavy, 32},
		{"8 channels, 1 cell, heavy, batch 128", network.NASBench201{Channels: 8, Cells: 1}, heavy, 128},
		{"8 channels, 1 cell, mixed", network.NASBench201{Channels: 8, Cells: 1}, mixed, 64},
		{"8 channels, 2 cells, mixed", network.NASBench201{Channels: 8, Cells: 2}, mixed, 64},
	} {
		arch, err := searchspace.NASBench201{}.Parse(c.cell)
		require.NoError(b, err)
		plan, err := network.NewPlan(c.design, arch, images.Input())
		require.NoError(b, err)
		recipe := oracle.Recipe{Epochs: 1 << 20, Batch: c.batch}
		flop := 6 * float64(plan.FLOPs()) * float64(images.Train.Len()/c.batch*c.batch)
		b.Run(c.name+"/alone", func(b *testing.B) {
			training, err := oracle.NewTraining(plan, images, recipe, oracle.Options{})
			require.NoError(b, err)
			for b.Loop() {
				require.NoError(b, training.Epoch(b.Context()))
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1e3/float64(b.N), "ms/epoch")
			b.ReportMetric(flop*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOPS")
		})
		b.Run(c.name+"/one each", func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				training, err := oracle.NewTraining(plan, images, recipe, oracle.Options{})
				require.NoError(b, err)
				for pb.Next() {
					require.NoError(b, training.Epoch(b.Context()))
				}
			})
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1e3/float64(b.N), "ms/epoch")
			b.ReportMetric(flop*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOPS")
		})
	}
}
