package generator

import (
	"fmt"

	"github.com/graphpnas/graphpnas/searchspace"
)

// noRow stands where a step has no such row.
const noRow = -1

// lstmQuestion is a decision as the network reads it.
type lstmQuestion struct {
	inputs  [4]int32 // rows of the embedding: previous value, part and kind, node, source
	column  int      // of the first value's logit
	allowed []int
}

// lstmStep is a decision that has been taken.
type lstmStep struct {
	lstmQuestion
	value       int
	anchor      int32   // the step whose state is the source's anchor
	paperWeight float64 // of the decision in the paper's loss
}

// lstmReader turns a path of decisions into questions.
type lstmReader struct {
	net        *lstmNetwork
	previous   int32 // row of the previous value
	part, node int   // of the previous decision
	values     int32 // row of the first value of the decision that has been asked
}

func (net *lstmNetwork) newReader() lstmReader { return lstmReader{net: net, previous: startRow} }

// ask reads the next decision. The error is the Builder's fault.
func (r *lstmReader) ask(d searchspace.Decision) (lstmQuestion, error) {
	if err := r.net.check(d); err != nil {
		return lstmQuestion{}, err
	}
	if d.Part < r.part || d.Part == r.part && d.Node < r.node {
		return lstmQuestion{}, fmt.Errorf("%w: the builder offers %v out of order", searchspace.ErrInvalid, d)
	}
	r.part, r.node = d.Part, d.Node
	kind := &r.net.kinds[d.Part][d.Kind]
	r.values = kind.values
	q := lstmQuestion{
		inputs: [4]int32{r.previous, kind.row, r.net.nodes + int32(d.Node), noRow},
		column: kind.column, allowed: d.Allowed,
	}
	if d.Kind != searchspace.NodeOp {
		q.inputs[3] = r.net.sources + int32(d.From)
	}
	return q, nil
}

// answer tells what was decided.
func (r *lstmReader) answer(value int) { r.previous = r.values + int32(value) }

// anchors are the settled nodes of a part: of each the state S in which the next node's decisions began.
type anchors[S any] struct {
	part int
	of   []S
}

// enter is called at every decision, with the state at it.
func (a *anchors[S]) enter(d searchspace.Decision, state S) {
	if d.Part != a.part {
		a.part, a.of = d.Part, nil
	}
	for len(a.of) < d.Node {
		a.of = append(a.of, state)
	}
}

// compile turns an architecture's path into the steps of the network.
func (g *LSTM) compile(a searchspace.Arch) ([]lstmStep, error) {
	path, err := searchspace.Path(g.space, a)
	if err != nil {
		return nil, err
	}
	r := g.net.newReader()
	steps := make([]lstmStep, len(path))
	var anchors anchors[int32]
	for i, decided := range path {
		if steps[i].lstmQuestion, err = r.ask(decided.Decision); err != nil {
			return nil, fmt.Errorf("%v: %w", a, err)
		}
		steps[i].anchor = noRow
		anchors.enter(decided.Decision, int32(i))
		if decided.Kind != searchspace.NodeOp {
			steps[i].anchor = anchors.of[decided.From]
		}
		steps[i].value = decided.Value
		r.answer(decided.Value)
	}
	weighAsPaper(a, path, steps)
	return steps, nil
}

// weighAsPaper sets the steps' weights in the paper's loss.
func weighAsPaper(a searchspace.Arch, path []searchspace.Step, steps []lstmStep) {
	for i, decided := range path {
		part := a.Part(decided.Part)
		switch decided.Kind {
		case searchspace.NodeOp:
			steps[i].paperWeight = paperNodeWeight / float64(part.Len())
		case searchspace.EdgePresence:
			steps[i].paperWeight = 1 / float64(triangle(part.Len()+1))
		case searchspace.EdgeOp:
			steps[i].paperWeight = paperEdgeWeight / float64(inDegree(part, decided.Node))
		}
	}
}

func inDegree(part searchspace.DAG, node int) (n int) {
	for from := range node {
		if part.HasEdge(from, node) {
			n++
		}
	}
	return n
}
