package predictor

import (
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/halt"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// pass is a forward pass over a batch of graphs, with the state that its backward pass needs. It owns its memory, which the next pass
// reuses.
type pass struct {
	arena  nn.Arena
	graph  nn.Graph   // the disjoint union of the batch
	rows   [][2]int32 // the embeddings of each node
	fields []nodeField
	owner  []int32 // for each node, the number of its graph
	last   []int32 // the last nodes of all parts
	graphs int

	classes edgeClasses
	layers  []nn.Propagation // the layers of the network, with the edge classes of the batch
	states  []nn.PropagationState
	values  [][]float32 // the input of the head, and the output of each of its layers

	halt halt.Point // checked between layers
}

// load builds the disjoint union of the graphs.
func (p *pass) load(net *network, batch []*encoded) {
	g := &p.graph
	p.classes.reset(net.layers[0].Classes)
	p.fields = p.fields[:0]
	g.Nodes, g.From, g.To, g.Class = 0, g.From[:0], g.To[:0], g.Class[:0]
	p.rows, p.owner, p.last, p.graphs = p.rows[:0], p.owner[:0], p.last[:0], len(batch)
	for i, x := range batch {
		first := int32(g.Nodes)
		for e := range x.from {
			g.From = append(g.From, first+x.from[e])
			g.To = append(g.To, first+x.to[e])
		}
		g.Class = append(g.Class, x.class...)
		for e, fields := range x.edgeFields {
			at := len(g.Class) - len(x.class) + e
			g.Class[at] = p.classes.of(g.Class[at], fields)
		}
		for _, f := range x.fields {
			p.fields = append(p.fields, nodeField{first + f.node, f.row, f.weight})
		}
		p.rows = append(p.rows, x.rows...)
		for range x.rows {
			p.owner = append(p.owner, int32(i))
		}
		for _, v := range x.last {
			p.last = append(p.last, first+v)
		}
		g.Nodes += len(x.rows)
	}
	p.layers = append(p.layers[:0], net.layers...)
	for i := range p.layers {
		p.layers[i].Classes = p.classes.features
	}
}

// forward returns a value for each graph of the batch. The values are valid until the next call.
func (p *pass) forward(net *network, flat []float32, batch []*encoded) []float32 {
	p.load(net, batch)
	p.arena.Reset()
	n := net.hidden
	h := p.arena.Take(p.graph.Nodes * n)
	for v, rows := range p.rows {
		f32.Add(h[v*n:(v+1)*n], net.row(flat, rows[0]), net.row(flat, rows[1]))
	}
	for _, f := range p.fields {
		f32.Axpy(f.weight, net.row(flat, f.row), h[int(f.node)*n:][:n])
	}
	if len(p.states) != len(p.layers) {
		p.states = make([]nn.PropagationState, len(p.layers))
	}
	for i := range p.layers {
		p.halt.Check()
		p.layers[i].Forward(&p.graph, h, flat, &p.states[i], &p.arena)
		h = p.states[i].Out()
	}
	x := p.readout(net, h)
	p.values = append(p.values[:0], x)
	for i := range net.head {
		l := &net.head[i]
		y := p.arena.Take(p.graphs * l.Out)
		l.Forward(p.graphs, x, l.In, flat, y)
		p.values = append(p.values, y)
		x = y
	}
	return x
}

// readout returns, for each graph, the sum of its nodes' states divided by the maximum number of nodes in the space, followed by the sum
// of the states of the last nodes of its parts.
func (p *pass) readout(net *network, h []float32) []float32 {
	n := net.hidden
	x := p.arena.Zeros(p.graphs * 2 * n)
	for v, i := range p.owner {
		f32.Axpy(1/float32(net.nodes), h[v*n:(v+1)*n], x[int(i)*2*n:][:n])
	}
	for _, v := range p.last {
		f32.Axpy(1, h[int(v)*n:][:n], x[int(p.owner[v])*2*n+n:][:n])
	}
	return x
}

// backward computes the gradient with respect to the parameters from the gradient dy with respect to the graphs'
// values, and overwrites dy.
func (p *pass) backward(net *network, flat, dy []float32, grads nn.Gradients) {
	for i := len(net.head) - 1; i >= 0; i-- {
		l := &net.head[i]
		dx := p.arena.Take(p.graphs * l.In)
		l.Backward(p.graphs, p.values[i], l.In, p.values[i+1], dy, l.Transposed(flat, &p.arena), grads, dx, l.In)
		dy = dx
	}
	dh := p.readoutBackward(net, dy)
	next := p.arena.Take(len(dh))
	for i := len(p.layers) - 1; i >= 0; i-- {
		p.halt.Check()
		l := &p.layers[i]
		l.Backward(&p.states[i], dh, l.Transpose(flat, &p.arena), grads, next, &p.arena)
		dh, next = next, dh
	}
	n := net.hidden
	grads.Sum(grads.Flat[net.embedding : net.embedding+net.rows*n])
	for v, rows := range p.rows {
		for _, row := range rows {
			f32.Axpy(1, dh[v*n:(v+1)*n], net.row(grads.Flat, row))
		}
	}
	for _, f := range p.fields {
		f32.Axpy(f.weight, dh[int(f.node)*n:][:n], net.row(grads.Flat, f.row))
	}
}

func (p *pass) readoutBackward(net *network, dx []float32) []float32 {
	n := net.hidden
	dh := p.arena.Zeros(p.graph.Nodes * n)
	for v, i := range p.owner {
		f32.Axpy(1/float32(net.nodes), dx[int(i)*2*n:][:n], dh[v*n:(v+1)*n])
	}
	for _, v := range p.last {
		f32.Axpy(1, dx[int(p.owner[v])*2*n+n:][:n], dh[int(v)*n:][:n])
	}
	return dh
}
