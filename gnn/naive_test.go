package gnn_test

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/graphpnas/graphpnas/gnn"
)

// linear returns x·wᵀ + b for one row.
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

// gru returns the next state of one row.
func gru(x, h, wi, wh, bi, bh []float64) []float64 {
	return gates(linear(x, wi, bi), linear(h, wh, bh), h)
}

// gates computes the next state of one row from the gates' products with the input and the state.
func gates(s, u, h []float64) []float64 {
	n := len(h)
	next := make([]float64, n)
	for i := range next {
		reset, update := logistic(s[i]+u[i]), logistic(s[n+i]+u[n+i])
		fresh := math.Tanh(s[2*n+i] + reset*u[2*n+i])
		next[i] = (1-update)*fresh + update*h[i]
	}
	return next
}

// columns is part of a linear layer whose matrix is in × out: the columns that belong to the bias.
type columns struct {
	w, bias []float64
	out, lo int
}

func (c columns) times(x []float64) []float64 {
	y := make([]float64, len(c.bias))
	for o := range y {
		y[o] = c.bias[o]
		for i, v := range x {
			y[o] += v * c.w[i*c.out+c.lo+o]
		}
	}
	return y
}

// twoLayers is an MLP with two layers.
func (f *formula) twoLayers(x []float64, first, second columns) []float64 {
	hidden := first.times(x)
	for i := range hidden {
		hidden[i] = f.relu(hidden[i])
	}
	return second.times(hidden)
}

// messagePassing implements the layer edge by edge, without computing linear parts in advance. The
// layout of the parameters is that of MessagePassing and Params.
func (f *formula) messagePassing(mp gnn.MessagePassing, g gnn.Graph, h, params []float64) []float64 {
	list, err := mp.Params()
	if err != nil {
		panic(err)
	}
	p := map[string][]float64{}
	for _, param := range list {
		p[param.Name] = params[param.Offset : param.Offset+tensor.Shape(param.Shape).TotalSize()]
	}
	whole := func(name string) columns {
		bias := p[name+".bias"]
		return columns{w: p[name+".weight"], bias: bias, out: len(bias)}
	}
	first := "layer.first"
	if mp.Gated {
		first = "layer.gated"
	}
	messageFirst, gateFirst := whole(first), whole(first)
	messageFirst.bias = messageFirst.bias[:mp.Hidden]
	gateFirst.bias, gateFirst.lo = gateFirst.bias[mp.Hidden:], mp.Hidden
	messageSecond, gateSecond := whole("layer.message"), whole("layer.attention")
	gruInput, gruState := whole("layer.gru.input"), whole("layer.gru.state")

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
		var message, gate []float64
		if mp.Gated {
			message, gate = messageFirst.times(x), gateFirst.times(x)
		} else {
			message, gate = f.twoLayers(x, messageFirst, messageSecond), f.twoLayers(x, gateFirst, gateSecond)
		}
		for i := range width {
			if mp.Gated {
				message[i] = f.relu(message[i])
			}
			sums[v*width+i] += message[i] * logistic(gate[i])
		}
	}
	var out []float64
	for v := range g.Nodes {
		at := func(x []float64) []float64 { return x[v*width : (v+1)*width] }
		out = append(out, gates(gruInput.times(at(sums)), gruState.times(at(h)), at(h))...)
	}
	return out
}
