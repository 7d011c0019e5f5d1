package gran

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
)

// BenchmarkFreshTraining measures one round's training with the paper's CIFAR-10 preset: 15 cells,
// 70 epochs, batches of two.
func BenchmarkFreshTraining(b *testing.B) {
	const epochs = 70
	space := searchspace.NASBench201{}
	rng := rand.New(rand.NewPCG(1, 1))
	g, err := New(space, Config{}, rng)
	require.NoError(b, err)
	archs, err := g.Sample(context.Background(), rng, 15)
	require.NoError(b, err)
	data := make([]generator.Example, len(archs))
	for i, a := range archs {
		data[i] = generator.Example{Arch: a, Weight: float64(i+1) / float64(len(archs))}
	}
	b.ReportAllocs()
	for b.Loop() {
		g.Reset(rng)
		_, err := g.Fit(context.Background(), rng, data, generator.FitOptions{Epochs: epochs})
		require.NoError(b, err)
	}
	reportFLOPS(b, 3*epochs*flop(b, g, archs))
	b.ReportMetric(float64(g.NumParams()), "parameters")
}

// benchmarkSizes lists the sizes for which the reference's times are known, in the paper's form,
// and larger graphs in both forms. All have the paper's number of layers and attention width.
var benchmarkSizes = []struct {
	form          Form
	nodes, hidden int
}{
	{PaperForm, 7, 24}, {PaperForm, 12, 24}, {PaperForm, 16, 128}, {PaperForm, 32, 128}, {PaperForm, 64, 128},
	{CausalForm, 7, 24}, {CausalForm, 12, 24}, {CausalForm, 16, 128}, {CausalForm, 32, 128}, {CausalForm, 64, 128},
	{CausalForm, 128, 128}, {CausalForm, 256, 128},
}

func benchmarkConfig(form Form, hidden int) Config {
	return Config{Form: form, Hidden: hidden, Layers: 7}
}

func benchmarkName(form Form, nodes, hidden int) string {
	return fmt.Sprintf("%s/N=%d,H=%d", formName(form), nodes, hidden)
}

func formName(form Form) string {
	if form == CausalForm {
		return "causal"
	}
	return "paper"
}

// denseSpace returns a space of graphs with n nodes, six labels and free edges.
func denseSpace(b *testing.B, n int) searchspace.Space {
	s, err := searchspace.New("dense", []searchspace.Part{{
		Name: "graph", MaxNodes: n, NodeOps: []string{"a", "b", "c", "d", "e", "f"},
	}})
	require.NoError(b, err)
	return s
}

// BenchmarkTrainingStep measures one step on a batch of 8 random graphs with edge density 0.25 and
// six node labels, and the memory that the model keeps from one step to the next.
func BenchmarkTrainingStep(b *testing.B) {
	for _, size := range benchmarkSizes {
		b.Run(benchmarkName(size.form, size.nodes, size.hidden), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			space := denseSpace(b, size.nodes)
			g, err := New(space, benchmarkConfig(size.form, size.hidden), rng)
			require.NoError(b, err)
			random, err := explore.NewErdosRenyi(space, 0.25, size.nodes)
			require.NoError(b, err)
			archs, err := random.Sample(context.Background(), rng, 8)
			require.NoError(b, err)
			data := make([]generator.Example, len(archs))
			for i, a := range archs {
				data[i] = generator.Example{Arch: a, Weight: 1}
			}
			fit := func(steps int) {
				_, err := g.Fit(context.Background(), rng, data, generator.FitOptions{Epochs: steps, BatchSize: len(data)})
				require.NoError(b, err)
			}
			fit(1) // the network's program is compiled in the first step
			b.ReportAllocs()
			b.ResetTimer()
			fit(b.N)
			reportFLOPS(b, 3*flop(b, g, archs)) // a backward pass takes twice as many
			b.StopTimer()
			runtime.GC()
			var memory runtime.MemStats
			runtime.ReadMemStats(&memory)
			runtime.KeepAlive(g)
			b.ReportMetric(float64(memory.HeapInuse)/(1<<20), "MiB")
		})
	}
}

// flop counts the multiplications and additions in the matrix products of a forward pass over each
// architecture.
func flop(b *testing.B, g *Model, archs []searchspace.Arch) float64 {
	total := 0
	for _, a := range archs {
		targets, err := g.compile(a)
		require.NoError(b, err)
		net, u := g.nets[0], &targets[0].steps
		h, nodes, pairs, steps := net.hidden, u.graph.Nodes, len(u.pairFrom), len(u.newNode)
		for i := range net.layers {
			messages := u.messages(i)
			edges := len(messages.From)
			if messages.Settled != nil {
				edges += len(messages.Settled.From)
			}
			first, message, attention, gruInput, gruState := net.layers[i].Linears()
			total += nodes*h*(first.Out+gruInput.Out+gruState.Out) + edges*(message.In*message.Out+attention.In*attention.Out)
		}
		total += nodes*h*net.pairs.first.Out + len(u.positions)*net.input.In*net.input.Out
		for i := range net.pairs.second {
			total += pairs * h * (h + net.pairs.third[i].Out)
		}
		for _, l := range net.label {
			total += steps * l.In * l.Out
		}
		for head, rows := range map[*valueHead]int{net.nodeValues: len(u.nodeValues), net.edgeValues: len(u.edgeValues)} {
			if head != nil {
				total += rows * h * (2*h + head.columns())
			}
		}
		if net.summary != nil {
			total += steps * h * h
		}
	}
	return 2 * float64(total)
}

func reportFLOPS(b *testing.B, flop float64) {
	b.ReportMetric(flop/1e9, "GFLOP/op")
	b.ReportMetric(flop*float64(b.N)/1e9/b.Elapsed().Seconds(), "GFLOPS")
}

// BenchmarkSample draws 16 graphs from an untrained generator.
func BenchmarkSample(b *testing.B) {
	for _, size := range benchmarkSizes {
		b.Run(benchmarkName(size.form, size.nodes, size.hidden), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			g, err := New(denseSpace(b, size.nodes), benchmarkConfig(size.form, size.hidden), rng)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				_, err := g.Sample(context.Background(), rng, 16)
				require.NoError(b, err)
			}
		})
	}
}
