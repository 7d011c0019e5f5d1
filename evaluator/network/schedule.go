package network

// schedule is the order in which a network computes. Within a level, the pieces of the batch are computed independently; between
// levels, the moments of all pieces are combined. Without batch normalization by the batch there is only one level.
type schedule struct {
	levels [][]step
	wanted []bool   // for each value, whether its gradient is needed
	grads  []int    // for each value, the value whose gradient memory it uses, usually its own
	adds   [][]bool // for each input of each node, whether its gradient is added to an existing one
}

// step is a node, or the part of batch normalization before the moments are combined.
type step struct {
	*node
	measure bool
}

// schedule orders the network for normalization by the batch or by running statistics.
func (p *Plan) schedule(byBatch bool) *schedule {
	s := &schedule{wanted: make([]bool, len(p.sizes)), grads: make([]int, len(p.sizes)), adds: make([][]bool, len(p.nodes))}
	level := make([]int, len(p.sizes)) // the level of each value
	put := func(at int, st step) {
		if at == len(s.levels) {
			s.levels = append(s.levels, nil)
		}
		s.levels[at] = append(s.levels[at], st)
	}
	put(0, step{&node{id: len(p.nodes), layer: images{}}, false})
	for _, n := range p.live {
		at, wanted := 0, len(n.params) > 0
		for _, v := range n.inputs {
			at, wanted = max(at, level[v]), wanted || s.wanted[v]
		}
		if _, ok := n.layer.(*norm); ok && byBatch {
			put(at, step{n, true})
			at++
		}
		put(at, step{n, false})
		level[n.output], s.wanted[n.output] = at, wanted
	}
	s.planGradients(p)
	return s
}

// planGradients determines where each gradient is written first, and which values use the gradient memory of a sum.
func (s *schedule) planGradients(p *Plan) {
	readers, written := p.readers(), make([]bool, len(p.sizes))
	for v := range s.grads {
		s.grads[v] = v
	}
	for l := len(s.levels) - 1; l >= 0; l-- {
		for i := len(s.levels[l]) - 1; i >= 0; i-- {
			st := s.levels[l][i]
			if !st.givesInputs() {
				continue
			}
			total, isSum := st.layer.(sum)
			adds := make([]bool, len(st.inputs))
			for j, v := range st.inputs {
				adds[j], written[v] = written[v], true
				if isSum && total.factor == 1 && readers[v] == 1 {
					s.grads[v] = s.grads[st.output]
				}
			}
			s.adds[st.id] = adds
		}
	}
}

// givesInputs reports whether the backward pass of the step computes the gradients with respect to the inputs.
func (st step) givesInputs() bool {
	switch st.layer.(type) {
	case *norm:
		return st.measure
	case images:
		return false
	}
	return true
}

// forward computes the step for a piece.
func (st step) forward(p *pass, images piece) {
	if st.measure {
		st.layer.(*norm).measure(p, st.node, images)
		return
	}
	st.layer.forward(p, st.node, images)
}

// backward computes the gradients of the step for a piece.
func (st step) backward(p *pass, images piece) {
	if st.measure {
		st.layer.(*norm).spread(p, st.node, images)
		return
	}
	st.layer.backward(p, st.node, images)
}
