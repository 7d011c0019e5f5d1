package gnn_test

import (
	"math"

	"github.com/graphpnas/graphpnas/gnn"
)

// linear is x·wᵀ + b for one row.
func linear(x, w, b []float64) []float64 {
	y := make([]float64, len(b))
	for o := range y {
		y[o] = b[o] + dot(w[o*len(x):(o+1)*len(x)], x)
	}
	return y
}

func (f *formula) mlp(x []float64, weights, biases [][]float64) []float64 {
	for i := range weights {
		if i > 0 {
			y := make([]float64, len(x))
			for j := range y {
				y[j] = f.relu(x[j])
			}
			x = y
		}
		x = linear(x, weights[i], biases[i])
	}
	return x
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// gru is the next state of one row.
func gru(x, h, wi, wh, bi, bh []float64) []float64 {
	n := len(h)
	s, u := linear(x, wi, bi), linear(h, wh, bh)
	next := make([]float64, n)
	for i := range next {
		reset, update := logistic(s[i]+u[i]), logistic(s[n+i]+u[n+i])
		fresh := math.Tanh(s[2*n+i] + reset*u[2*n+i])
		next[i] = (1-update)*fresh + update*h[i]
	}
	return next
}

// columns are the columns from lo to hi of an in × out matrix, as a matrix of out × in.
func columns(w []float64, in, lo, hi int) []float64 {
	out := len(w) / in
	var t []float64
	for o := lo; o < hi; o++ {
		for i := range in {
			t = append(t, w[i*out+o])
		}
	}
	return t
}

// messagePassing is the layer written edge by edge, without any of the shortcuts of what is linear. The parameters lie
// as MessagePassing and Params say.
func (f *formula) messagePassing(mp gnn.MessagePassing, g gnn.Graph, h, params []float64) []float64 {
	list, err := mp.Params()
	if err != nil {
		panic(err)
	}
	p, rows := map[string][]float64{}, map[string]int{}
	for _, param := range list {
		n := 1
		for _, d := range param.Shape {
			n *= d
		}
		p[param.Name], rows[param.Name] = params[param.Offset:param.Offset+n], param.Shape[0]
	}
	matrix := func(name string, lo, hi int) []float64 {
		return columns(p[name+".weight"], rows[name+".weight"], lo, hi)
	}
	all := mp.Hidden + mp.Attention
	first := p["layer.first.bias"]
	messageWeights := [][]float64{matrix("layer.first", 0, mp.Hidden), matrix("layer.message", 0, mp.Hidden)}
	messageBiases := [][]float64{first[:mp.Hidden], p["layer.message.bias"]}
	gateWeights := [][]float64{matrix("layer.first", mp.Hidden, all), matrix("layer.attention", 0, mp.Hidden)}
	gateBiases := [][]float64{first[mp.Hidden:], p["layer.attention.bias"]}
	gruInput, gruState := matrix("layer.gru.input", 0, 3*mp.Hidden), matrix("layer.gru.state", 0, 3*mp.Hidden)

	width := mp.Hidden
	sums := make([]float64, g.Nodes*width)
	for e := range g.From {
		u, v := g.From[e], g.To[e]
		x := make([]float64, width+mp.ClassFeatures+mp.Positions)
		for i := range width {
			x[i] = h[u*width+i] - h[v*width+i]
		}
		if mp.Classes != nil {
			class := 0
			if g.Class != nil {
				class = g.Class[e]
			}
			for _, feature := range mp.Classes[class] {
				x[width+feature] = 1
			}
		}
		if mp.Positions > 0 && g.Position != nil {
			x[width+mp.ClassFeatures+g.Position[v]]++
			x[width+mp.ClassFeatures+g.Position[u]]--
		}
		message, gate := f.mlp(x, messageWeights, messageBiases), f.mlp(x, gateWeights, gateBiases)
		for i := range width {
			sums[v*width+i] += message[i] * logistic(gate[i])
		}
	}
	var out []float64
	for v := range g.Nodes {
		at := func(x []float64) []float64 { return x[v*width : (v+1)*width] }
		out = append(out, gru(at(sums), at(h), gruInput, gruState, p["layer.gru.input.bias"], p["layer.gru.state.bias"])...)
	}
	return out
}
