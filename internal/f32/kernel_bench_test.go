package f32

import (
	"fmt"
	"testing"
)

// BenchmarkKernel measures the other kernels at the sizes of the networks.
func BenchmarkKernel(b *testing.B) {
	rng := newRand()
	x, y, z := random(rng, 960), random(rng, 960), random(rng, 960)
	bias := random(rng, 512)
	large := [4][]float32{}
	for i := range large {
		large[i] = random(rng, 108_000)
	}
	ReLU(large[2], large[2]) // second moments must not be negative
	run := func(name string, kernel func()) {
		for _, i := range implementations() {
			b.Run(name+"/"+i.String(), func(b *testing.B) {
				use(b, i)
				for b.Loop() {
					kernel()
				}
			})
		}
	}
	var sink float32
	run("Add960", func() { Add(z, x, y) })
	run("Axpy960", func() { Axpy(1e-9, x, z) })
	run("Scale960", func() { Scale(1, z) })
	run("Dot960", func() { sink += Dot(x, y) })
	run("Sum960", func() { sink += Sum(x) })
	run("AddBias40x24", func() { AddBias(40, 24, z, 24, bias[:24]) })
	run("AddBiasReLU300x128", func() { AddBiasReLU(300, 128, large[0], 128, bias[:128]) })
	run("SumRows300x128", func() { SumRows(300, 128, large[1], 128, z[:128]) })
	run("ReLU960", func() { ReLU(z, x) })
	run("ReLUGrad960", func() { ReLUGrad(z, x, y) })
	run("Exp960", func() { Exp(z, x) })
	run("Sigmoid960", func() { Sigmoid(z, x) })
	run("Tanh960", func() { Tanh(z, x) })
	run("Transpose211x511", func() { Transpose(211, 511, large[0], 511, large[1], 211) })
	run("Transpose240x450", func() { Transpose(240, 450, large[0], 450, large[1], 240) })
	run("Transpose128x512", func() { Transpose(128, 512, large[0], 512, large[1], 128) })
	run("Transpose24x152", func() { Transpose(24, 152, large[0], 152, large[1], 24) })
	run("Adam108000", func() {
		Adam(large[0], large[1], large[2], large[3:], 1, 0.9, 0.999, 1e-3, 1, 1e-8)
	})

	for _, s := range []struct{ nodes, edges, w, h int }{{20, 40, 152, 24}, {528, 3600, 256, 128}} {
		g := newGraph(rng, s.nodes, s.edges)
		size := fmt.Sprintf("/%dx%d", s.edges, s.w)
		q, r := random(rng, s.nodes*s.w), random(rng, g.classes*s.w)
		d, act := random(rng, s.edges*s.w), random(rng, s.edges*s.w)
		run("EdgeReLU"+size, func() { EdgeReLU(s.w, q, s.w, r, s.w, g.from, g.to, g.class, act) })
		run("EdgeReLUGrad"+size, func() { EdgeReLUGrad(s.w, d, act, g.from, g.to, g.class, q, s.w, r) })

		block := min(128, s.edges)
		weights, products := random(rng, s.h*s.h), make([]float32, block*s.h)
		space := make([]float32, s.h*s.h)
		run(fmt.Sprintf("EdgeGemm/%dx%d", block, s.h), func() {
			panels := Pack(s.h, s.h, weights, s.h, space[:PanelSpace(s.edges, s.h, s.h)])
			EdgeGemm(panels, q, s.w, r, s.w, g.from[:block], g.to[:block], g.class[:block], products, s.h)
		})
		run(fmt.Sprintf("EdgeReLU/%dx%d", block, s.h), func() {
			EdgeReLU(s.h, q, s.w, r, s.w, g.from[:block], g.to[:block], g.class[:block], products)
		})

		size = fmt.Sprintf("/%dx%d", s.edges, s.h)
		msg, att, sum := random(rng, s.edges*s.h), random(rng, s.edges*s.h), random(rng, s.nodes*s.h)
		dmsg, datt, zero := random(rng, s.edges*s.h), random(rng, s.edges*s.h), make([]float32, s.h)
		run("GateSum"+size, func() { GateSum(s.h, msg, zero, att, bias[:s.h], g.to, sum) })
		run("GateSumGrad"+size, func() { GateSumGrad(s.h, sum, msg, att, g.to, dmsg, datt) })

		gq, gr := random(rng, s.nodes*2*s.h), random(rng, g.classes*2*s.h)
		run("EdgeGate"+size, func() { EdgeGate(s.h, gq, 2*s.h, gr, g.from, g.to, g.class, g.to, sum) })
		dq, dr := make([]float32, len(gq)), make([]float32, len(gr))
		run("EdgeGateGrad"+size, func() {
			EdgeGateGrad(s.h, gq, 2*s.h, gr, g.from, g.to, g.class, g.to, sum, dq, dr)
		})

		size = fmt.Sprintf("/%dx%d", s.nodes, s.h)
		gi, gh, bi := random(rng, s.nodes*3*s.h), random(rng, s.nodes*3*s.h), random(rng, 3*s.h)
		hid, out, qn := random(rng, s.nodes*s.h), random(rng, s.nodes*s.h), random(rng, s.nodes*s.h)
		rzn, dgi, dgh := random(rng, s.nodes*3*s.h), random(rng, s.nodes*3*s.h), random(rng, s.nodes*3*s.h)
		run("GRU"+size, func() { GRU(s.nodes, s.h, gi, gh, 3*s.h, bi, bi, hid, out, rzn, qn) })
		run("GRUGrad"+size, func() { GRUGrad(s.nodes, s.h, hid, hid, rzn, qn, dgi, dgh, 3*s.h, out) })
	}
	_ = sink
}
