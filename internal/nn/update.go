package nn

import "github.com/graphpnas/graphpnas/internal/f32"

// update computes the new states of nodes from their old states h and the sums of their messages.
// It keeps what the backward pass needs in gates (nodes × 3·Hidden) and newHidden (nodes × Hidden)
// unless these are nil.
func (p *Propagation) update(h, sum, out, gates, newHidden, params []float32, arena *Arena) {
	defer arena.Release(arena.Mark())
	n, nodes := p.Hidden, len(h)/p.Hidden
	size := min(BlockRows(3*n), nodes)
	ofState := arena.Take(size * 3 * n)
	keep := gates != nil
	if !keep {
		gates, newHidden = arena.Take(size*3*n), arena.Take(size*n)
	}
	for lo := 0; lo < nodes; lo += size {
		k := min(size, nodes-lo)
		rows := func(x []float32, width int) []float32 { return x[lo*width : (lo+k)*width] }
		ofSum, ofNew := gates[:k*3*n:k*3*n], newHidden[:k*n]
		if keep {
			ofSum, ofNew = rows(gates, 3*n), rows(newHidden, n)
		}
		f32.Gemm(false, false, k, 3*n, n, 1, rows(sum, n), n, p.gruIn.Weight(params), 3*n, 0, ofSum, 3*n)
		f32.Gemm(false, false, k, 3*n, n, 1, rows(h, n), n, p.gruState.Weight(params), 3*n, 0, ofState, 3*n)
		f32.GRU(k, n, ofSum, ofState, 3*n, p.gruIn.Bias(params), p.gruState.Bias(params), rows(h, n), rows(out, n), ofSum, ofNew)
	}
}

// updateBackward computes gradients from the gradient dout of the new states. It writes those of
// the GRU's parameters to grads, that of the sums to dsum, and what the update contributes to that
// of the old states to dh.
func (p *Propagation) updateBackward(s *PropagationState, dout []float32, t PropagationTransposes, grads Gradients, dh, dsum []float32, arena *Arena) {
	defer arena.Release(arena.Mark())
	n, nodes := p.Hidden, s.graph.Nodes
	size := min(BlockRows(3*n), nodes)
	din, dstate := arena.Take(size*3*n), arena.Take(size*3*n)
	for lo := 0; lo == 0 || lo < nodes; lo += size {
		k := min(size, nodes-lo)
		rows := func(x []float32, width int) []float32 { return x[lo*width : (lo+k)*width] }
		in, dx := rows(s.in, n), rows(dh, n)
		f32.GRUGrad(k, n, rows(dout, n), in, rows(s.gates, 3*n), rows(s.newHidden, n), din, dstate, 3*n, dx)
		p.gruIn.Backward(k, rows(s.sum, n), n, nil, din[:k*3*n], t.gruIn, grads, rows(dsum, n), n)
		p.gruState.Backward(k, in, n, nil, dstate[:k*3*n], nil, grads, nil, 0)
		f32.Gemm(false, false, k, n, 3*n, 1, dstate, 3*n, t.gruState, n, 1, dx, n)
		grads.Add = true
	}
}
