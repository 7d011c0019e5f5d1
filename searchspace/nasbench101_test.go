package searchspace_test

import (
	"encoding/hex"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

// topology is a graph of up to 8 nodes without operations: bit 8·from+to is the edge from→to.
type topology struct {
	nodes int
	edges uint64
}

func topologyOf(a searchspace.Arch) topology {
	top := topology{nodes: a.Part(0).Len()}
	for _, e := range a.Part(0).Edges() {
		top.edges |= 1 << (8*e.From + e.To)
	}
	return top
}

// legal applies the published rules: at most 9 edges, and every node on a path from the first to
// the last.
func (g topology) legal() bool {
	fromFirst, toLast := uint8(1), uint8(1)<<(g.nodes-1)
	for from := range g.nodes {
		if fromFirst>>from&1 == 1 {
			fromFirst |= uint8(g.edges >> (8 * from))
		}
	}
	for from := g.nodes - 1; from >= 0; from-- {
		if uint8(g.edges>>(8*from))&toLast != 0 {
			toLast |= 1 << from
		}
	}
	all := uint8(1<<g.nodes - 1)
	return g.nodes >= 2 && g.nodes <= 7 && bits.OnesCount64(g.edges) <= 9 && fromFirst == all && toLast == all
}

func TestNASBench101TopologiesAreAllLegalOnes(t *testing.T) {
	want := map[topology]bool{}
	for n := 2; n <= 7; n++ {
		var pairs []int
		for from := range n {
			for to := from + 1; to < n; to++ {
				pairs = append(pairs, 8*from+to)
			}
		}
		for subset := range 1 << len(pairs) {
			g := topology{nodes: n}
			for i, pair := range pairs {
				g.edges |= uint64(subset>>i&1) << pair
			}
			if g.legal() {
				want[g] = true
			}
		}
	}
	require.Len(t, want, 6472)

	got := map[topology]bool{}
	ofOneOperation(t, searchspace.NASBench101{}.Start(), func(a searchspace.Arch) {
		g := topologyOf(a)
		require.False(t, got[g], "%v twice", a)
		require.True(t, want[g], "%v is not legal", a)
		got[g] = true
	})
	assert.Len(t, got, len(want))
}

// ofOneOperation enumerates the cells in which all inner nodes have the first operation.
func ofOneOperation(t *testing.T, b searchspace.Builder, found func(searchspace.Arch)) {
	d, ok := b.Next()
	if !ok {
		a, err := b.Arch()
		require.NoError(t, err)
		found(a)
		return
	}
	require.NotEmpty(t, d.Allowed, "dead end at %v", d)
	for _, value := range d.Allowed {
		if d.Kind == searchspace.NodeOp && (value == 2 || value == 3) {
			continue
		}
		branch := b.Clone()
		require.NoError(t, branch.Take(value))
		ofOneOperation(t, branch, found)
	}
}

var ops101 = []string{"input", "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3", "output"}

func TestNASBench101ValidatesOnlyLegalCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "nodes")
		ops := make([]string, n)
		for i := range ops {
			ops[i] = rapid.SampledFrom(ops101[1:4]).Draw(t, "operation")
		}
		ops[0], ops[n-1] = "input", "output"
		if rapid.IntRange(0, 9).Draw(t, "spoil an operation") == 0 {
			ops[rapid.IntRange(0, n-1).Draw(t, "at")] = rapid.SampledFrom(append(ops101, "conv5x5")).Draw(t, "by")
		}
		legal := ops[0] == "input" && ops[n-1] == "output"
		for _, op := range ops[min(1, n-1) : n-1] {
			legal = legal && slices.Contains(ops101[1:4], op)
		}
		var edges []searchspace.Edge
		for to := range n {
			for from := range to {
				if from == to-1 || rapid.IntRange(0, 3).Draw(t, "edge") == 0 {
					edges = append(edges, searchspace.Edge{From: from, To: to})
				}
			}
		}
		if len(edges) > 0 && rapid.Bool().Draw(t, "drop an edge") {
			i := rapid.IntRange(0, len(edges)-1).Draw(t, "which")
			edges = slices.Delete(edges, i, i+1)
		}
		g, err := searchspace.NewDAG("cell", n, ops, edges)
		require.NoError(t, err)
		a := searchspace.NewArch(g)
		err = searchspace.NASBench101{}.Validate(a)
		if legal && topologyOf(a).legal() {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, searchspace.ErrInvalid)
		}
	})
}

func TestNASBench101RejectsNonMembers(t *testing.T) {
	for name, bad := range map[string]struct{ adjacency, ops string }{
		"ten edges": {
			"0111000 0001100 0001011 0000100 0000010 0000001 0000000",
			"input,maxpool3x3,maxpool3x3,maxpool3x3,maxpool3x3,maxpool3x3,output"},
		"node without input":         {"001 001 000", "input,maxpool3x3,output"},
		"node without output":        {"011 000 000", "input,maxpool3x3,output"},
		"input that feeds nothing":   {"000 001 000", "input,maxpool3x3,output"},
		"no edges":                   {"00 00", "input,output"},
		"one node, input":            {"0", "input"},
		"one node, output":           {"0", "output"},
		"eight nodes":                {"01000000 00100000 00010000 00001000 00000100 00000010 00000001 00000000", "input" + strings.Repeat(",maxpool3x3", 6) + ",output"},
		"first is not the input":     {"01 00", "maxpool3x3,output"},
		"last is not the output":     {"01 00", "input,maxpool3x3"},
		"seven nodes, no output":     {"0100000 0010000 0001000 0000100 0000010 0000001 0000000", "input" + strings.Repeat(",maxpool3x3", 6)},
		"second input":               {"010 001 000", "input,input,output"},
		"output before the end":      {"010 001 000", "input,output,output"},
		"unknown operation":          {"010 001 000", "input,conv5x5-bn-relu,output"},
		"operation in other letters": {"010 001 000", "input,MaxPool3x3,output"},
	} {
		t.Run(name, func(t *testing.T) {
			a := recordedCell(t, strings.ReplaceAll(bad.adjacency, " ", ""), bad.ops)
			err := searchspace.NASBench101{}.Validate(a)
			require.ErrorIs(t, err, searchspace.ErrInvalid)
			assert.ErrorContains(t, err, "nasbench101:")
		})
	}
	cell := recordedCell(t, "0100", "input,output")
	assert.NoError(t, searchspace.NASBench101{}.Validate(cell))
	assert.ErrorIs(t, searchspace.NASBench101{}.Validate(searchspace.NewArch(cell.Part(0), cell.Part(0))), searchspace.ErrInvalid)
	assert.ErrorIs(t, searchspace.NASBench101{}.Validate(searchspace.Arch{}), searchspace.ErrInvalid)
}

func TestNASBench101KeyIsThePublishedMD5(t *testing.T) {
	for _, cell := range []struct{ md5, adjacency, ops string }{
		{"043721b9c7fe8c5fad811d47d83132ec", "0100", "input,output"},
		{"09fc2d10bdd6225e167a6f81a22a3f06", "011001000", "input,conv1x1-bn-relu,output"},
		{"0922ee996ecffb2c0c5f16d1261f6dfa", "0101001100010000", "input,maxpool3x3,conv3x3-bn-relu,output"},
		{"001ea832563f8d635ef7d0af25926274", "0111100111000100000100000",
			"input,maxpool3x3,conv3x3-bn-relu,conv3x3-bn-relu,output"},
		{"00005c142e6f48ac74fdcf73e3439874", "0100110001000000010010000010000001000000010000000",
			"input,conv3x3-bn-relu,maxpool3x3,conv3x3-bn-relu,conv3x3-bn-relu,conv1x1-bn-relu,output"},
	} {
		assert.Equal(t, cell.md5, searchspace.NASBench101{}.Key(recordedCell(t, cell.adjacency, cell.ops)))
	}
}

func TestNASBench101RecordedCells(t *testing.T) {
	var space searchspace.NASBench101
	cells := recordedCells(t)
	require.Len(t, cells, 10000)
	for md5, a := range cells {
		require.NoError(t, space.Validate(a))
		require.Equal(t, md5, space.Key(a), "%v", a)
	}
}

func TestNASBench101KeyIsTheSameForIsomorphicCells(t *testing.T) {
	var space searchspace.NASBench101
	rapid.Check(t, func(t *rapid.T) {
		a := anyArch(t, space)
		b := relabeled(t, a.Part(0), 0)
		require.NoError(t, space.Validate(b))
		require.Equal(t, space.Key(a), space.Key(b), "%v and %v", a, b)
	})
}

// relabeled renumbers a part's nodes in another topological order, if there is one. The first
// fixed nodes keep their numbers.
func relabeled(t *rapid.T, g searchspace.DAG, fixed int) searchspace.Arch {
	number := map[int]int{} // from old to new numbers
	ops := make([]string, g.Len())
	for len(number) < g.Len() {
		var ready []int
		for v := range g.Len() {
			if _, done := number[v]; !done && !slices.ContainsFunc(g.Edges(), func(e searchspace.Edge) bool {
				_, done := number[e.From]
				return e.To == v && !done
			}) {
				ready = append(ready, v)
			}
		}
		if len(number) < fixed {
			ready = []int{len(number)}
		}
		v := rapid.SampledFrom(ready).Draw(t, "next")
		ops[len(number)] = g.NodeOp(v)
		number[v] = len(number)
	}
	edges := g.Edges()
	for i, e := range edges {
		edges[i] = searchspace.Edge{From: number[e.From], To: number[e.To], Op: e.Op}
	}
	if g.NodeOp(0) == "" {
		ops = nil
	}
	h, err := searchspace.NewDAG(g.Name(), g.Len(), ops, edges)
	require.NoError(t, err)
	return searchspace.NewArch(h)
}

func TestNASBench101HasAllItsCells(t *testing.T) {
	if testing.Short() || race.Enabled {
		t.Skip("computes 1,293,208 keys")
	}
	var space searchspace.NASBench101
	keys := map[[16]byte]bool{}
	var lock sync.Mutex
	var workers sync.WaitGroup
	batches := make(chan []searchspace.Arch)
	for range 2 {
		workers.Go(func() {
			for batch := range batches {
				for _, a := range batch {
					key := md5Of(t, space.Key(a))
					lock.Lock()
					keys[key] = true
					lock.Unlock()
				}
			}
		})
	}

	type ordered struct {
		topology
		ops [8]byte
	}
	seen := map[ordered]bool{}
	var batch []searchspace.Arch
	for a := range space.All() {
		o := ordered{topology: topologyOf(a)}
		for v := range o.nodes {
			o.ops[v] = byte(slices.Index(ops101, a.Part(0).NodeOp(v)))
		}
		require.False(t, seen[o], "%v twice", a)
		seen[o] = true
		if batch = append(batch, a); len(batch) == 1000 {
			batches <- batch
			batch = nil
		}
	}
	batches <- batch
	close(batches)
	workers.Wait()

	assert.Len(t, seen, 1293208)
	assert.Len(t, keys, 423624)
	t.Run("those recorded among them", func(t *testing.T) {
		for md5 := range recordedCells(t) {
			require.True(t, keys[md5Of(t, md5)], "%s is recorded, but is no cell of the space", md5)
		}
	})
}

func md5Of(t *testing.T, text string) (sum [16]byte) {
	n, err := hex.Decode(sum[:], []byte(text))
	assert.NoError(t, err)
	assert.Equal(t, len(sum), n)
	return sum
}
