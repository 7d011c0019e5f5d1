package gran

import (
	"runtime"

	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/parallel"
)

// nodeCache keeps what the settled nodes of some drafts contribute to later nodes of the causal form, for the part under
// construction. Each node is computed once. Row node·drafts + draft belongs to a settled node; nodes that ask use the rows
// behind those of the last node.
type nodeCache struct {
	net      *network
	flat     []float32
	drafts   []*draft
	settled  int         // number of nodes whose rows are computed
	products [][]float32 // of each layer
	heads    []float32   // the pair heads' first layers
	finals   []float32   // final states, if edges have fields
	pass     *pass
	steps    unrolled // what the heads read
	from, to []int32
	class    []int32
}

// cacheBytes is roughly the most memory that the caches of one batch may take.
const cacheBytes = 64 << 20

// cacheSize returns how many values a nodeCache keeps for each draft.
func (net *network) cacheSize() int {
	wide := net.pairs.first.Out
	if net.edgeFields != nil {
		wide += net.hidden
	}
	for i := range net.layers {
		wide += net.layers[i].ProductWidth()
	}
	return wide * (net.part.MaxNodes + 1)
}

// cachedPredictor runs the causal form for drafts that are sampled, which grow node by node without branching.
type cachedPredictor struct {
	model  *Model
	drafts []*draft
	part   int
	caches []*nodeCache // each for some of the drafts
}

// predict runs the network for the given node of every draft that is at it. The choices are valid until the next call.
func (c *cachedPredictor) predict(part, node int, _ []*draft) (release func()) {
	if c.caches == nil || c.part != part {
		c.begin(part)
	}
	parallel.Do(len(c.caches), func(i int) { c.caches[i].predict(part, node, c.model.temperature) })
	return func() {}
}

// begin divides the drafts among caches. How many drafts share a cache changes the speed but not the results.
func (c *cachedPredictor) begin(part int) {
	c.release()
	net, n := c.model.nets[part], len(c.drafts)
	c.part, c.caches = part, make([]*nodeCache, min(runtime.GOMAXPROCS(0), n))
	for i := range c.caches {
		cache := &nodeCache{net: net, flat: c.model.params[part], pass: c.model.passes.Get()}
		cache.drafts = c.drafts[i*n/len(c.caches) : (i+1)*n/len(c.caches)]
		rows := len(cache.drafts) * (net.part.MaxNodes + 1)
		cache.heads = make([]float32, rows*net.pairs.first.Out)
		if net.edgeFields != nil {
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

// predict settles the nodes before the given one and lets it ask, in the drafts that are at it.
func (c *nodeCache) predict(part, node int, temperature float64) {
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
	var z logits
	if c.net.chain {
		z = c.askChain(node, slots)
	} else {
		for ; c.settled < node; c.settled++ {
			c.settle(c.settled, slots)
		}
		z = c.ask(node, slots)
	}
	for s, slot := range slots {
		c.drafts[slot].choices = newChoices(c.net, stepLogits(c.net, z, s, node), c.states(node, slot), temperature)
	}
}

// states returns what the heads of the fields read when the draft in the slot decides about the node, which has just asked.
func (c *nodeCache) states(node, slot int) states {
	if c.net.nodeFields == nil && c.net.edgeFields == nil {
		return states{}
	}
	x := states{flat: c.flat, asking: c.pass.state(int32(slot))}
	if c.finals != nil {
		h := c.net.hidden
		for j := range node {
			row := int(c.row(j, slot))
			x.settled = append(x.settled, c.finals[row*h:(row+1)*h])
		}
	}
	return x
}

func (c *nodeCache) row(node, slot int) int32 { return int32(node*len(c.drafts) + slot) }

// settle computes the rows of a node whose decisions are taken.
func (c *nodeCache) settle(node int, slots []int) {
	rows := make([][2]int32, len(c.drafts)) // unused for drafts that are complete
	c.from, c.to, c.class = c.from[:0], c.to[:0], c.class[:0]
	u := &c.steps
	u.extra = u.extra[:0]
	for _, slot := range slots {
		d := c.drafts[slot]
		rows[slot] = c.net.settledRows(node, d.labels)
		u.extra = c.net.appendFields(u.extra, int32(slot), &d.content, node)
		for j := range node {
			if label := d.edges[triangle(node)+j]; label != 0 {
				c.from, c.to = append(c.from, c.row(j, slot)), append(c.to, c.row(node, slot))
				c.class = append(c.class, c.net.settledClass(label))
			}
		}
	}
	c.extend(node, node, rows, sameEdges)
}

// ask computes the logits of a node's decisions, a step for each slot.
func (c *nodeCache) ask(node int, slots []int) logits {
	last := c.net.part.MaxNodes
	rows := make([][2]int32, len(c.drafts))
	c.from, c.to, c.class = c.from[:0], c.to[:0], c.class[:0]
	u := &c.steps
	u.pairFrom, u.pairTo, u.pairClass, u.newNode, u.extra = u.pairFrom[:0], u.pairTo[:0], u.pairClass[:0], u.newNode[:0], u.extra[:0]
	for _, slot := range slots {
		rows[slot] = c.net.askingRows(node)
		asking := c.row(last, slot)
		for j := range node {
			c.from, c.to, c.class = append(c.from, c.row(j, slot)), append(c.to, asking), append(c.class, classToNew)
			u.pair(asking, c.row(j, slot))
		}
		u.pair(asking, asking)
		u.newNode = append(u.newNode, int32(slot))
	}
	return c.pass.headsOf(c.net, c.flat, u, c.extend(last, node, rows, sameEdges), c.heads)
}

// askChain computes the logits of a node's decisions in a chain, a step for each slot. In a chain the state in which a node asks
// is the one that later nodes read.
func (c *nodeCache) askChain(node int, slots []int) logits {
	u := &c.steps
	u.newNode = u.newNode[:0]
	for _, slot := range slots {
		u.newNode = append(u.newNode, int32(slot))
	}
	var h []float32
	for ; c.settled <= node; c.settled++ {
		t := c.settled
		rows := make([][2]int32, len(c.drafts)) // unused for drafts that are complete
		u.extra = u.extra[:0]
		for _, slot := range slots {
			d := c.drafts[slot]
			rows[slot] = [2]int32{int32(t), -1}
			u.extra = c.net.appendBefore(u.extra, int32(slot), &d.content, t)
		}
		h = c.extend(t, t, rows, func(layer int) {
			c.from, c.to, c.class = c.from[:0], c.to[:0], c.class[:0]
			for from := range c.net.hops(layer, t) {
				for _, slot := range slots {
					c.from, c.to, c.class = append(c.from, c.row(from, slot)), append(c.to, c.row(t, slot)), append(c.class, 0)
				}
			}
		})
	}
	return c.pass.headsOf(c.net, c.flat, u, h, nil)
}

// extend runs the layers for one node of every draft, at the given position, stores the node's rows, and returns its final
// states. Before each layer it calls edges, which may set the edges of the layer.
func (c *nodeCache) extend(node, position int, embeddings [][2]int32, edges func(layer int)) []float32 {
	net, arena := c.net, &c.pass.arena
	n, row := net.hidden, node*len(c.drafts)
	h := arena.Take(len(c.drafts) * n)
	net.embed(embeddings, c.steps.extra, c.flat, h)
	for i := range net.layers {
		if i > 0 {
			f32.ReLU(h, h)
		}
		edges(i)
		h = net.layers[i].Extend(h, position, c.products[i], row, c.from, c.to, c.class, c.flat, arena)
	}
	net.pairProducts(len(c.drafts), h, c.flat, c.heads[row*net.pairs.first.Out:])
	if c.finals != nil {
		copy(c.finals[row*n:], h)
	}
	return h
}

// sameEdges leaves the edges as they are, for layers that share them.
func sameEdges(int) {}
