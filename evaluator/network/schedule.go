package network

// schedule is the order in which a network computes. A level is what each piece of the batch does on its own; between
// levels all pieces' moments are brought together. Without batch normalisation by the batch there is one level.
type schedule struct {
	levels [][]step
	wanted []bool   // of each value: whether it has a gradient
	grads  []int    // of each value: the value whose gradient is its own too, mostly itself
	adds   [][]bool // of each node's inputs: whether its gradient is added to another's
}

// step is a node, or of batch normalisation the part before the moments are brought together.
type step struct {
	*node
	measure bool
}

// schedule orders the network for normalisation by the batch or by running statistics.
func (p *Plan) schedule(byBatch bool) *schedule {
	s := &schedule{wanted: make([]bool, len(p.sizes)), grads: make([]int, len(p.sizes)), adds: make([][]bool, len(p.nodes))}
	level := make([]int, len(p.sizes)) // of each value
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

// planGradients finds where each gradient is first written, and which are the gradient of a sum.
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

// givesInputs tells whether the step is the one whose backward pass gives the inputs their gradients.
func (st step) givesInputs() bool {
	switch st.layer.(type) {
	case *norm:
		return st.measure
	case images:
		return false
	}
	return true
}

// forward computes the step of a piece.
func (st step) forward(p *pass, images piece) {
	if st.measure {
		st.layer.(*norm).measure(p, st.node, images)
		return
	}
	st.layer.forward(p, st.node, images)
}

// backward computes the gradients of a step of a piece.
func (st step) backward(p *pass, images piece) {
	if st.measure {
		st.layer.(*norm).spread(p, st.node, images)
		return
	}
	st.layer.backward(p, st.node, images)
}
