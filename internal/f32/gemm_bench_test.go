package f32

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// BenchmarkGemm measures the products of the networks.
func BenchmarkGemm(b *testing.B) {
	for _, s := range []struct {
		transA  bool
		m, k, n int
	}{
		{false, 10, 24, 224}, {false, 20, 24, 152}, {false, 40, 24, 224},
		{false, 40, 128, 24}, {false, 40, 24, 24}, {false, 30, 24, 128},
		{false, 300, 24, 128}, {false, 300, 24, 24}, {false, 3000, 48, 128},
		{false, 528, 128, 512}, {false, 3600, 128, 128}, {false, 33, 37, 45},
		{true, 24, 20, 152}, {true, 24, 300, 128}, {true, 128, 3600, 128},
	} {
		rng := newRand()
		p := &product{
			transA: s.transA, m: s.m, n: s.n, k: s.k, alpha: 1,
			a: random(rng, s.m*s.k), b: random(rng, s.k*s.n), c: random(rng, s.m*s.n),
			lda: s.k, ldb: s.n, ldc: s.n,
		}
		name, trans := fmt.Sprintf("NN/%dx%dx%d", s.m, s.k, s.n), blas.NoTrans
		if s.transA {
			name, trans = fmt.Sprintf("TN/%dx%dx%d", s.m, s.k, s.n), blas.Trans
			p.lda, p.beta = s.m, 1
		}
		for _, i := range implementations() {
			b.Run(name+"/"+i.String(), func(b *testing.B) {
				use(b, i)
				for b.Loop() {
					p.run()
				}
				p.report(b)
			})
		}
		b.Run(name+"/gonum", func(b *testing.B) {
			for b.Loop() {
				gonum.Implementation{}.Sgemm(trans, blas.NoTrans, p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc)
			}
			p.report(b)
		})
	}
}

func (p *product) report(b *testing.B) {
	flop := 2 * float64(p.m) * float64(p.n) * float64(p.k) * float64(b.N)
	b.ReportMetric(flop/float64(b.Elapsed().Nanoseconds()), "GFLOPS")
}
