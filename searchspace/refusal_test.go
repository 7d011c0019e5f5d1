package searchspace_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

// part returns a part with the given edges.
func part(t *testing.T, name string, n int, ops []string, edges ...searchspace.Edge) searchspace.DAG {
	t.Helper()
	g, err := searchspace.NewDAG(name, n, ops, edges)
	require.NoError(t, err)
	return g
}

func TestErrorsSayWhichRuleIsBroken(t *testing.T) {
	pool := "maxpool3x3"
	edge := func(from, to int) searchspace.Edge { return searchspace.Edge{From: from, To: to} }
	op := func(from, to int, op string) searchspace.Edge { return searchspace.Edge{From: from, To: to, Op: op} }
	dartsCell := func(name string, edges ...searchspace.Edge) searchspace.DAG { return part(t, name, 3, nil, edges...) }
	goodDARTS := dartsCell("normal", op(0, 2, "skip_connect"), op(1, 2, "skip_connect"))
	for message, c := range map[string]struct {
		space searchspace.Space
		parts []searchspace.DAG
	}{
		"node 2 must be on a path from input to output; NASBench101Cell prunes such nodes": {searchspace.NASBench101{},
			[]searchspace.DAG{part(t, "cell", 4, []string{"input", pool, pool, "output"}, edge(0, 1), edge(0, 2), edge(1, 3))}},
		"node 1 must be on a path from input to output; NASBench101Cell prunes such nodes": {searchspace.NASBench101{},
			[]searchspace.DAG{part(t, "cell", 4, []string{"input", pool, pool, "output"}, edge(0, 2), edge(1, 2), edge(2, 3))}},
		"a cell must have at most 9 edges, got 10": {searchspace.NASBench101{},
			[]searchspace.DAG{part(t, "cell", 5, []string{"input", pool, pool, pool, "output"}, edge(0, 1), edge(0, 2), edge(0, 3), edge(0, 4),
				edge(1, 2), edge(1, 3), edge(1, 4), edge(2, 3), edge(2, 4), edge(3, 4))}},
		"no path leads from the input, node 0, to the output, the last node": {searchspace.NASBench101{},
			[]searchspace.DAG{part(t, "cell", 2, []string{"input", "output"})}},
		"it must have at most 7 nodes, got 8": {searchspace.NASBench101{},
			[]searchspace.DAG{part(t, "cell", 8, []string{"input", pool, pool, pool, pool, pool, pool, "output"})}},
		`node 1: unknown operation "conv3x3"; the operations are "input", "conv3x3-bn-relu"`: {searchspace.NASBench101{},
			[]searchspace.DAG{part(t, "cell", 3, []string{"input", "conv3x3", "output"}, edge(0, 1), edge(1, 2))}},
		`node 0 and no other must be "input", but node 0 is "maxpool3x3"`: {searchspace.NASBench101{},
			[]searchspace.DAG{part(t, "cell", 2, []string{pool, "output"}, edge(0, 1))}},
		`node 0 has no operation; the operations are "input"`: {searchspace.NASBench101{}, []searchspace.DAG{part(t, "cell", 2, nil, edge(0, 1))}},
		"it has 2 parts, but the space has 1 part": {searchspace.NASBench101{},
			[]searchspace.DAG{part(t, "cell", 1, nil), part(t, "cell2", 1, nil)}},

		`part 1 must be named "cell", got "stage"`: {searchspace.NASBench201{}, []searchspace.DAG{part(t, "stage", 4, nil)}},
		"it must have 4 nodes, got 3":              {searchspace.NASBench201{}, []searchspace.DAG{part(t, "cell", 3, nil)}},
		`edge 0→1: unknown operation "conv3x3"; the operations are "skip_connect"`: {searchspace.NASBench201{},
			[]searchspace.DAG{part(t, "cell", 4, nil, op(0, 1, "conv3x3"))}},
		`edge 0→1 has the operation "none", which means that there is no edge: leave the edge out`: {searchspace.NASBench201{},
			[]searchspace.DAG{part(t, "cell", 4, nil, op(0, 1, "none"))}},
		"edge 0→1 has no operation": {searchspace.NASBench201{}, []searchspace.DAG{part(t, "cell", 4, nil, edge(0, 1))}},
		`node 0 has the operation "a", but nodes have none in this space`: {searchspace.NASBench201{},
			[]searchspace.DAG{part(t, "cell", 4, []string{"a", "a", "a", "a"})}},

		`part "reduce": node 2 must read 2 earlier nodes, got 1`: {darts(t, 1),
			[]searchspace.DAG{goodDARTS, dartsCell("reduce", op(0, 2, "skip_connect"))}},
		`part "normal": node 3 must read 2 earlier nodes, got 3`: {darts(t, 2),
			[]searchspace.DAG{part(t, "normal", 4, nil, op(0, 2, "skip_connect"), op(1, 2, "skip_connect"),
				op(0, 3, "skip_connect"), op(1, 3, "skip_connect"), op(2, 3, "skip_connect")), part(t, "reduce", 4, nil)}},
		`part "reduce": node 1 is an input of the cell and must not read other nodes, but there is an edge 0→1`: {darts(t, 1),
			[]searchspace.DAG{goodDARTS, dartsCell("reduce", op(0, 1, "skip_connect"))}},
		`part "reduce": edge 0→2: unknown operation "conv"; the operations are "max_pool_3x3"`: {darts(t, 1),
			[]searchspace.DAG{goodDARTS, dartsCell("reduce", op(0, 2, "conv"), op(1, 2, "skip_connect"))}},

		`layer 2 must read the previous layer: add the edge 1→2`: {enasMacro(t, 2),
			[]searchspace.DAG{part(t, "network", 3, []string{"stem", "conv_3x3", "conv_3x3"}, edge(0, 1), edge(0, 2))}},
		`node 0 must be "stem", got "conv_3x3"`: {enasMacro(t, 1),
			[]searchspace.DAG{part(t, "network", 2, []string{"conv_3x3", "conv_3x3"}, edge(0, 1))}},
		`layer 1 is "stem", which only node 0 can be; the operations are "conv_3x3"`: {enasMacro(t, 1),
			[]searchspace.DAG{part(t, "network", 2, []string{"stem", "stem"}, edge(0, 1))}},

		`edge 0→1 has the operation "skip", but edges have none in this space`: {searchspace.RandWire{}, []searchspace.DAG{
			part(t, "stage1", 32, nil, op(0, 1, "skip")), part(t, "stage2", 32, nil), part(t, "stage3", 32, nil)}},
	} {
		t.Run(message, func(t *testing.T) {
			a := searchspace.NewArch(c.parts...)
			_, err := searchspace.Path(c.space, a)
			for _, err := range []error{c.space.Validate(a), err} {
				require.ErrorIs(t, err, searchspace.ErrInvalid)
				assert.ErrorContains(t, err, c.space.Name()+": ")
				assert.ErrorContains(t, err, message)
				assert.ErrorContains(t, err, "["+a.String()+"]")
			}
		})
	}
}

// evenSpace has three nodes. Node 2 has the operation of node 0 and reads only node 0.
func evenSpace(t *testing.T) *searchspace.Sequential {
	t.Helper()
	space, err := searchspace.New("even", []searchspace.Part{{Name: "cell", MaxNodes: 3, NodeOps: []string{"a", "b", "c"}}},
		searchspace.Named("node 2 is like node 0", func(sofar *searchspace.Draft, d searchspace.Decision) []int {
			switch {
			case d.Kind == searchspace.NodeOp && d.Node == 2:
				return []int{sofar.NodeOp(0, 0)}
			case d.Kind == searchspace.EdgePresence && d.Node == 2 && d.From == 1:
				return d.Allowed[:1]
			case d.Kind == searchspace.EdgePresence && d.Node == 2:
				return d.Allowed[1:]
			}
			return d.Allowed
		}))
	require.NoError(t, err)
	return space
}

func TestARuleWithoutReasonNamesWhatIsAllowed(t *testing.T) {
	space := evenSpace(t)
	for message, a := range map[string]searchspace.Arch{
		`node 2 cannot be "b" here, only "a"`: searchspace.NewArch(part(t, "cell", 3, []string{"a", "b", "b"}, searchspace.Edge{From: 0, To: 2})),
		"the edge 1→2 is not allowed": searchspace.NewArch(part(t, "cell", 3, []string{"a", "b", "a"},
			searchspace.Edge{From: 0, To: 2}, searchspace.Edge{From: 1, To: 2})),
		"the edge 0→2 is required but missing": searchspace.NewArch(part(t, "cell", 3, []string{"a", "b", "a"})),
	} {
		err := space.Validate(a)
		require.ErrorIs(t, err, searchspace.ErrInvalid)
		assert.ErrorContains(t, err, "even: ")
		assert.ErrorContains(t, err, message+` (rule "node 2 is like node 0")`)
	}

	b := space.Start()
	for _, value := range []int{0, 1, 0} {
		require.NoError(t, b.Take(value))
	}
	assert.ErrorContains(t, b.Take(1), `node 2 cannot be "b" here, only "a"`)
	assert.ErrorContains(t, b.Take(-1), `node 2 cannot be -1 here, only "a"`)
	require.NoError(t, b.Take(0))
	assert.ErrorContains(t, b.Take(2), "the presence of edge 0→2 must be 0 or 1, got 2")
}

func TestARuleOnOperationsOfEdges(t *testing.T) {
	space, err := searchspace.New("two", []searchspace.Part{
		{Name: "stem", MaxNodes: 1},
		{Name: "cell", MaxNodes: 2, EdgeOps: []string{"none", "conv", "pool", "skip"}},
	}, searchspace.Named("no pooling", func(_ *searchspace.Draft, d searchspace.Decision) []int {
		if d.Kind == searchspace.EdgeOp {
			return []int{1, 3}
		}
		return d.Allowed
	}))
	require.NoError(t, err)
	err = space.Validate(searchspace.NewArch(part(t, "stem", 1, nil), part(t, "cell", 2, nil, searchspace.Edge{From: 0, To: 1, Op: "pool"})))
	require.ErrorIs(t, err, searchspace.ErrInvalid)
	assert.ErrorContains(t, err, `two: invalid architecture [stem =  / cell = ; <0:pool]: part "cell": the edge 0→1 cannot be "pool" here, only "conv", "skip" (rule "no pooling")`)
}

// brokenBuilder is a Builder whose decisions are changed.
type brokenBuilder struct {
	searchspace.Builder
	change func(searchspace.Decision) searchspace.Decision
	take   error
}

func (b brokenBuilder) Next() (searchspace.Decision, bool) {
	d, ok := b.Builder.Next()
	return b.change(d), ok
}

func (b brokenBuilder) Take(value int) error {
	if b.take != nil {
		return b.take
	}
	return b.Builder.Take(value)
}

// brokenSpace is a space with a brokenBuilder.
type brokenSpace struct {
	searchspace.Space
	builder brokenBuilder
}

func (s brokenSpace) Start() searchspace.Builder {
	s.builder.Builder = s.Space.Start()
	return s.builder
}

// A bug in the space is not reported as an error in the architecture.
func TestBrokenBuilders(t *testing.T) {
	cell := recordedCell(t, "0100", "input,output")
	same := func(d searchspace.Decision) searchspace.Decision { return d }
	broken := errors.New("broken")
	for message, b := range map[string]brokenBuilder{
		"its Builder offers": {change: func(d searchspace.Decision) searchspace.Decision { d.Part = 7; return d }},
		"edge 0→1 in part 0: no value is allowed": {change: func(d searchspace.Decision) searchspace.Decision {
			if d.Kind == searchspace.EdgePresence {
				d.Allowed = nil
			}
			return d
		}},
		"broken": {change: same, take: broken},
	} {
		_, err := searchspace.Path(brokenSpace{searchspace.NASBench101{}, b}, cell)
		require.ErrorContains(t, err, "nasbench101: ")
		assert.ErrorContains(t, err, message)
		assert.NotErrorIs(t, err, searchspace.ErrInvalid)
	}
}

// The errors of your own space can explain its rule.
func ExampleSequential_WithReason() {
	space, err := searchspace.New("chains", []searchspace.Part{{Name: "chain", MaxNodes: 3}},
		searchspace.RuleFunc(func(_ *searchspace.Draft, d searchspace.Decision) []int {
			if d.From == d.Node-1 {
				return []int{1}
			}
			return d.Allowed
		}))
	if err != nil {
		panic(err)
	}
	space = space.WithReason(func(_ searchspace.Arch, refused searchspace.Step) string {
		return fmt.Sprintf("node %d must read the node before it", refused.Node)
	})
	chain, err := searchspace.NewDAG("chain", 3, nil, []searchspace.Edge{{From: 0, To: 1}})
	if err != nil {
		panic(err)
	}
	fmt.Println(space.Validate(searchspace.NewArch(chain)))
	// Output:
	// chains: invalid architecture [; <0; ]: node 2 must read the node before it
}
