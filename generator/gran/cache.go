package gran

import (
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/parallel"
)

// nodeCache stores what the settled nodes of some drafts contribute to later nodes in the causal
// form, for the part under construction. Each node is computed once. Row node·drafts + draft
// belongs to a settled node; the query states use the rows after those of the last node.
type nodeCache struct {
	net      *network
	flat     []float32
	drafts   []*draft
	settled  int         // number of nodes with computed rows
	products [][]float32 // for each layer
	heads    []float32   // the pair heads' first layers
	finals   []float32   // final states, if edges have operations or fields
	pass     *pass
	extra    []extraInput // for the nodes being computed
	from, to []int32
	class    []int32
}

// cacheBytes is the approximate memory limit of the caches of one batch.
const cacheBytes = 64 << 20

// cacheSize returns the number of values that a nodeCache stores for each draft.
func (net *network) cacheSize() int {
	wide := net.pairs.first.Out
	if net.edgeValues != nil {
		wide += net.hidden
	}
	for i := range net.layers {
		wide += net.layers[i].ProductWidth()
	}
	return wide * (net.part.MaxNodes + 1)
}

// cachedPredictor runs the causal form for drafts that are sampled, which grow node by node without
// branching.
type cachedPredictor struct {
	model  *Model
	drafts []*draft
	part   int
	caches []*nodeCache // each for some of the drafts
}

// predict runs the network for the given node of every draft at it. The choices are valid until the
// next call.
func (c *cachedPredictor) predict(part, node int, _ []*draft) (release func()) {
	if c.caches == nil || c.part != part {
		c.begin(part)
	}
	parallel.Do(len(c.caches), func(i int) { c.caches[i].predict(c.model, part, node) })
	return func() {}
}

// begin divides the drafts among caches. The number of drafts per cache affects the speed but not
// the results.
func (c *cachedPredictor) begin(part int) {
	c.release()
	net, n := c.model.nets[part], len(c.drafts)
	c.part, c.caches = part, make([]*nodeCache, min(parallel.Processors(), n))
	for i := range c.caches {
		cache := &nodeCache{net: net, flat: c.model.params[part], pass: c.model.passes.Get()}
		cache.drafts = c.drafts[i*n/len(c.caches) : (i+1)*n/len(c.caches)]
		rows := len(cache.drafts) * (net.part.MaxNodes + 1)
		cache.heads = make([]float32, rows*net.pairs.first.Out)
		if net.edgeValues != nil {
			cache.finals = make([]float32, rows*net.hidden)
		}
		for l := range net.layers {
			cache.products = append(cache.products, make([]float32, rows*net.layers[l].ProductWidth()))
		}
		c.caches[i] = cache
	}
}

// release returns the memory of the passes.
func (c *cachedPredictor) release() {
	for _, cache := range c.caches {
		c.model.passes.Put(cache.pass)
	}
	c.caches = nil
}

// predict settles the nodes before the given one and computes its query states, for the drafts at
// that node.
func (c *nodeCache) predict(m *Model, part, node int) {
	var slots []int
	for slot, d := range c.drafts {
		if _, ok := d.atNode(part, node); ok {
			slots = append(slots, slot)
		}
	}
	if len(slots) == 0 {
		return
	}
	c.pass.arena.Reset()
	var query []float32
	if c.net.chain {
		query = c.queryChain(node, slots)
	} else {
		for ; c.settled < node; c.settled++ {
			c.settle(c.settled, slots)
		}
		query = c.query(node, slots)
	}
	for _, slot := range slots {
		d := c.drafts[slot]
		d.choices = newChoicesInContext(c.net, c.states(slot, query), d.summary(m, node), m.temperature)
	}
}

// states returns what the heads read when the draft in the slot decides about a node, given the
// query states of all slots.
func (c *nodeCache) states(slot int, query []float32) states {
	h, drafts := c.net.hidden, len(c.drafts)
	return states{
		flat: c.flat, query: query[slot*h : (slot+1)*h], settled: rows{c.finals, h, slot, drafts},
		products: rows{c.heads, c.net.pairs.first.Out, slot, drafts},
	}
}

func (c *nodeCache) row(node, slot int) int32 { return int32(node*len(c.drafts) + slot) }

// settle computes the rows of a node whose decisions have been made.
func (c *nodeCache) settle(node int, slots []int) {
	rows := make([][2]int32, len(c.drafts)) // unused for drafts that are complete
	c.from, c.to, c.class = c.from[:0], c.to[:0], c.class[:0]
	c.extra = c.extra[:0]
	for _, slot := range slots {
		d := c.drafts[slot]
		rows[slot] = c.net.settledRows(node)
		c.extra = c.net.appendCarried(c.extra, int32(slot), &d.content, node)
		for j := range node {
			if label := d.edges[triangle(node)+j]; label != 0 {
				c.from, c.to = append(c.from, c.row(j, slot)), append(c.to, c.row(node, slot))
				c.class = append(c.class, c.net.settledClass(label))
			}
		}
	}
	c.extend(node, node, rows, sameEdges)
}

// query returns the query states of a node in all slots.
func (c *nodeCache) query(node int, slots []int) []float32 {
	last := c.net.part.MaxNodes
	rows := make([][2]int32, len(c.drafts))
	c.from, c.to, c.class, c.extra = c.from[:0], c.to[:0], c.class[:0], c.extra[:0]
	for _, slot := range slots {
		rows[slot] = c.net.queryRows(node)
		for j := range node {
			c.from, c.to, c.class = append(c.from, c.row(j, slot)), append(c.to, c.row(last, slot)), append(c.class, classToNew)
		}
	}
	return c.extend(last, node, rows, sameEdges)
}

// queryChain is query for a chain, in which later nodes read the query states too.
func (c *nodeCache) queryChain(node int, slots []int) (query []float32) {
	for ; c.settled <= node; c.settled++ {
		t := c.settled
		rows := make([][2]int32, len(c.drafts)) // unused for drafts that are complete
		c.extra = c.extra[:0]
		for _, slot := range slots {
			d := c.drafts[slot]
			rows[slot] = [2]int32{int32(t), -1}
			c.extra = c.net.appendBefore(c.extra, int32(slot), &d.content, t)
		}
		query = c.extend(t, t, rows, func(layer int) {
			c.from, c.to, c.class = c.from[:0], c.to[:0], c.class[:0]
			for from := range c.net.hops(layer, t) {
				for _, slot := range slots {
					c.from, c.to, c.class = append(c.from, c.row(from, slot)), append(c.to, c.row(t, slot)), append(c.class, 0)
				}
			}
		})
	}
	return query
}

// extend runs the layers for one node of every draft at the given position, stores the node's rows,
// and returns its final states. Before each layer it calls edges, which may set the edges of the
// layer.
func (c *nodeCache) extend(node, position int, embeddings [][2]int32, edges func(layer int)) []float32 {
	net, arena := c.net, &c.pass.arena
	n, row := net.hidden, node*len(c.drafts)
	h := arena.Take(len(c.drafts) * n)
	net.embed(embeddings, c.extra, c.flat, h)
	for i := range net.layers {
		if i > 0 {
			f32.ReLU(h, h)
		}
		edges(i)
		h = net.layers[i].Extend(h, position, c.products[i], row, c.from, c.to, c.class, c.flat, arena)
	}
	if node < net.part.MaxNodes {
		net.pairProducts(len(c.drafts), h, c.flat, c.heads[row*net.pairs.first.Out:])
		if c.finals != nil {
			copy(c.finals[row*n:], h)
		}
	}
	return h
}

// sameEdges keeps the edges as they are, for layers that share them.
func sameEdges(int) {}
