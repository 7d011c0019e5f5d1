package lstm

import (
	"fmt"

	"github.com/graphpnas/graphpnas/generator/internal/likelihood"
	"github.com/graphpnas/graphpnas/searchspace"
)

// noRow marks a row that a step does not have.
const noRow = -1

// question is a decision to make, in the form that the network reads.
type question struct {
	inputs  [4]int32 // rows of the embedding: previous value, part and kind, node, source
	column  int      // column of the first value's logit
	allowed []int
}

// step is a decision that has been made.
type step struct {
	question
	value       int
	anchor      int32   // step whose state is the anchor of the edge's source, or noRow
	paperWeight float64 // weight of the decision in the paper's loss
}

// reader converts successive decisions to questions.
type reader struct {
	net        *network
	previous   int32 // row of the previous value
	part, node int   // part and node of the previous decision
	values     int32 // row of the first value of the current decision
}

func (net *network) newReader() reader { return reader{net: net, previous: startRow} }

// ask reads the next decision. It returns an error if the decision is invalid or out of order.
func (r *reader) ask(d searchspace.Decision) (question, error) {
	if err := r.net.check(d); err != nil {
		return question{}, err
	}
	if d.Part < r.part || d.Part == r.part && d.Node < r.node {
		return question{}, fmt.Errorf("%w: the Builder offers %v out of order", searchspace.ErrInvalid, d)
	}
	r.part, r.node = d.Part, d.Node
	kind := r.net.kindOf(d)
	r.values = kind.values
	q := question{
		inputs: [4]int32{r.previous, kind.row, r.net.nodes + int32(d.Node), noRow},
		column: kind.column, allowed: d.Allowed,
	}
	if hasSource(d.Kind) {
		q.inputs[3] = r.net.sources + int32(d.From)
	}
	return q, nil
}

// answer sets the value of the current decision.
func (r *reader) answer(value int) { r.previous = r.values + int32(value) }

// anchors holds a state S for each settled node of a part: the state at the first decision about
// the next node.
type anchors[S any] struct {
	part int
	of   []S
}

// enter must be called at every decision, with the state at that decision.
func (a *anchors[S]) enter(d searchspace.Decision, state S) {
	if d.Part != a.part {
		a.part, a.of = d.Part, nil
	}
	for len(a.of) < d.Node {
		a.of = append(a.of, state)
	}
}

// compile converts an architecture to the steps of the network.
func (m *Model) compile(a searchspace.Arch) ([]step, error) {
	path, err := searchspace.Path(m.space, a)
	if err != nil {
		return nil, err
	}
	r := m.net.newReader()
	steps := make([]step, len(path))
	var anchors anchors[int32]
	for i, decided := range path {
		if steps[i].question, err = r.ask(decided.Decision); err != nil {
			return nil, fmt.Errorf("[%s]: %w", searchspace.Text(m.space, a), err)
		}
		steps[i].anchor = noRow
		anchors.enter(decided.Decision, int32(i))
		if hasSource(decided.Kind) {
			steps[i].anchor = anchors.of[decided.From]
		}
		steps[i].value = decided.Value
		r.answer(decided.Value)
	}
	setPaperWeights(a, path, steps)
	return steps, nil
}

// setPaperWeights sets the weights of the steps in the paper's loss.
func setPaperWeights(a searchspace.Arch, path []searchspace.Step, steps []step) {
	for i, decided := range path {
		part := a.Part(decided.Part)
		switch decided.Kind {
		case searchspace.NodeOp, searchspace.NodeField:
			steps[i].paperWeight = likelihood.PaperNodeOp(part.Len())
		case searchspace.EdgePresence:
			steps[i].paperWeight = likelihood.PaperEdge(part.Len())
		case searchspace.EdgeOp, searchspace.EdgeField:
			steps[i].paperWeight = likelihood.PaperEdgeOp(inDegree(part, decided.Node))
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
