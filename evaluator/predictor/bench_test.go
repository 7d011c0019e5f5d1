package predictor

import (
	"testing"

	"github.com/graphpnas/graphpnas/searchspace"
)

// BenchmarkNB101 trains on 9,000 cells of the sample with the default settings and reports Kendall's τ-b and Spearman's ρ on the other
// 1,000, which were not used to choose the settings.
func BenchmarkNB101(b *testing.B) {
	data := sampleNB101(b)
	for b.Loop() {
		p := trained(b, searchspace.NASBench101{}, data[:9000], Config{})
		b.StopTimer()
		tau, rho := accuracy(b, p, data[9000:])
		b.ReportMetric(tau, "tau")
		b.ReportMetric(rho, "rho")
		b.StartTimer()
	}
}

// BenchmarkNB201 trains on 1,000 cells of NAS-Bench-201 with the default settings and reports the same on 1,000 others.
func BenchmarkNB201(b *testing.B) {
	for _, column := range []string{"cifar10_valid_12", "cifar100_valid_12"} {
		b.Run(column, func(b *testing.B) {
			data := tableNB201(b, column)
			for b.Loop() {
				p := trained(b, searchspace.NASBench201{}, data[:1000], Config{})
				b.StopTimer()
				tau, rho := accuracy(b, p, data[1000:2000])
				b.ReportMetric(tau, "tau")
				b.ReportMetric(rho, "rho")
				b.StartTimer()
			}
		})
	}
}

func BenchmarkPredict(b *testing.B) {
	s := searchspace.NASBench101{}
	archs := randomArchs(b, s, newRand(1), 1000)
	c := Config{Epochs: 1}
	p := trained(b, s, examplesOf(archs[:10], edges), c)
	for b.Loop() {
		predict(b, p, archs...)
	}
	b.ReportMetric(float64(len(archs)*b.N)/b.Elapsed().Seconds(), "archs/s")
}
