package generator

import (
	"math"
	"slices"
)

// objective weighs the terms of one architecture's negative log-likelihood.
type objective struct {
	// masked renormalises every choice over what the space allows; otherwise all choices count as free, as in the paper.
	masked bool
	// paper divides the edges' term by the pairs, the node labels' by the nodes, and takes of the edge labels the mean a
	// step, with the paper's factors; otherwise the terms are summed.
	paper bool
	// entropy is what a nat of entropy along the path is worth, whatever the architecture's weight.
	entropy float64
	// temperature divides all logits, 1 for none.
	temperature float64
}

// The weights of node and edge labels in the paper's loss.
const (
	paperNodeWeight = 0.5
	paperEdgeWeight = 0.125
)

// evaluation is one target's likelihood under a pass's logits: it adds up the loss and the entropy along the path, and
// where d is set the gradient of weight·loss − o.entropy·entropy in the logits.
type evaluation struct {
	tally
	net *network
	t   *target
	z   logits
	d   *logits
	// scratch of a step, a value a component
	mix, comp, post, entropy []float64
}

// likelihood returns the loss of a target without the entropy, and does to d as evaluate does.
func (net *network) likelihood(t *target, z logits, o objective, d *logits, weight float64) float64 {
	loss, _ := net.evaluate(t, z, o, d, weight)
	return loss
}

// evaluate returns the loss of a target and the entropy along its path, which is zero unless o.entropy is set, and adds
// the gradient of weight·loss − o.entropy·entropy to d, unless that is nil.
func (net *network) evaluate(t *target, z logits, o objective, d *logits, weight float64) (loss, entropy float64) {
	k := net.components
	scratch := make([]float64, 4*k)
	e := evaluation{tally: tally{o: o, weight: weight}, net: net, t: t, z: z, d: d,
		mix: scratch[:k], comp: scratch[k : 2*k], post: scratch[2*k : 3*k], entropy: scratch[3*k:]}
	for step := range t.nodes {
		e.edges(step)
		if t.labels != nil {
			e.nodeLabel(step)
		}
		if t.allowedEdges != nil {
			e.edgeLabels(step)
		}
	}
	return e.loss, e.nats
}

// edges adds −log Σ_k α_k Π_j Bernoulli(a_tj; θ_ktj) of one step.
func (e *evaluation) edges(step int) {
	k, row := e.net.components, triangle(step+1)
	factor := 1.0
	if e.o.paper {
		factor = 1 / float64(triangle(e.t.nodes+1))
	}
	e.mixture(row, step)
	copy(e.comp, e.mix)
	clear(e.entropy)
	for j := range step {
		if e.skip(step, j) {
			continue
		}
		present := e.t.edges[triangle(step)+j] != 0
		for c, z := range e.z.theta[(row+j)*k : (row+j+1)*k] {
			x := float64(z) / e.o.temperature
			if present {
				e.comp[c] -= softplus(-x)
			} else {
				e.comp[c] -= softplus(x)
			}
			if e.o.entropy != 0 {
				e.entropy[c] += bernoulliEntropy(x)
			}
		}
	}
	total := logSumExp(e.comp)
	var entropy float64
	for c := range e.comp {
		e.post[c] = math.Exp(e.comp[c] - total)
		entropy += math.Exp(e.mix[c]) * e.entropy[c]
	}
	e.loss -= total * factor
	e.nats += entropy
	if e.d != nil {
		e.edgesGradient(step, e.weight*factor, entropy)
	}
}

// skip tells whether the edge j→step was no free choice.
func (e *evaluation) skip(step, j int) bool {
	return e.o.masked && !e.t.free[triangle(step)+j]
}

// mixture sets mix to the log of the components' weights: the softmax of the mean of the α logits over the step's pairs.
func (e *evaluation) mixture(row, step int) {
	mixtureWeights(e.mix, e.z.alpha[row*len(e.mix):(row+step+1)*len(e.mix)], e.o.temperature)
}

// mixtureWeights writes the log of the components' weights for a step's α logits.
func mixtureWeights(mix []float64, alpha []float32, temperature float64) {
	k := len(mix)
	clear(mix)
	for i, z := range alpha {
		mix[i%k] += float64(z)
	}
	scale := float64(k) / float64(len(alpha)) / temperature
	for c := range mix {
		mix[c] *= scale
	}
	total := logSumExp(mix)
	for c := range mix {
		mix[c] -= total
	}
}

// edgesGradient is given the factor of the edges' term, the target's weight in it.
func (e *evaluation) edgesGradient(step int, factor, entropy float64) {
	k, row := e.net.components, triangle(step+1)
	scale := 1 / e.o.temperature
	for c := range k {
		share := math.Exp(e.mix[c])
		g := factor*(share-e.post[c]) - e.o.entropy*share*(e.entropy[c]-entropy)
		g *= scale / float64(step+1)
		for j := range step + 1 {
			e.d.alpha[(row+j)*k+c] += float32(g)
		}
	}
	for j := range step {
		if e.skip(step, j) {
			continue
		}
		var present float64
		if e.t.edges[triangle(step)+j] != 0 {
			present = 1
		}
		for c := range k {
			x := float64(e.z.theta[(row+j)*k+c]) / e.o.temperature
			p := sigmoid(x)
			g := factor * e.post[c] * (p - present)
			if e.o.entropy != 0 {
				g += e.o.entropy * math.Exp(e.mix[c]) * x * p * (1 - p)
			}
			e.d.theta[(row+j)*k+c] += float32(scale * g)
		}
	}
}

func (e *evaluation) nodeLabel(step int) {
	n := e.net.nodeLabels
	factor := 1.0
	if e.o.paper {
		factor = paperNodeWeight / float64(e.t.nodes)
	}
	var allowed []int
	if e.o.masked {
		allowed = e.t.allowedLabels[step]
	}
	var d []float32
	if e.d != nil {
		d = e.d.phi[step*n : (step+1)*n]
	}
	e.categorical(e.z.phi[step*n:(step+1)*n], d, e.t.labels[step], allowed, factor)
}

func (e *evaluation) edgeLabels(step int) {
	n, row := e.net.edgeLabels, triangle(step+1)
	present := 0
	for j := range step {
		if e.t.edges[triangle(step)+j] != 0 {
			present++
		}
	}
	factor := 1.0
	if e.o.paper {
		factor = paperEdgeWeight / float64(present)
	}
	for j := range step {
		i := triangle(step) + j
		if e.t.edges[i] == 0 {
			continue
		}
		var allowed []int
		if e.o.masked {
			allowed = e.t.allowedEdges[i]
		}
		var d []float32
		if e.d != nil {
			d = e.d.psi[(row+j)*n : (row+j+1)*n]
		}
		e.categorical(e.z.psi[(row+j)*n:(row+j+1)*n], d, int(e.t.edges[i]), allowed, factor)
	}
}

// tally adds up the loss of one architecture and the entropy along its path.
type tally struct {
	o      objective
	weight float64 // of the loss in the gradient
	loss   float64
	nats   float64
}

// categorical adds −factor·log softmax(z)[choice], the softmax over what is allowed (nil: all), and where d is set the
// gradient of weight·loss − o.entropy·entropy.
func (e *tally) categorical(z, d []float32, choice int, allowed []int, factor float64) {
	var few [16]float64
	logp := logSoftmax(few[:0], z, allowed, e.o.temperature)
	entropy := 0.0
	at := choice
	if allowed != nil {
		at = slices.Index(allowed, choice)
	}
	if e.o.entropy != 0 {
		for _, lp := range logp {
			entropy -= math.Exp(lp) * lp
		}
	}
	e.loss -= factor * logp[at]
	e.nats += entropy
	if d == nil {
		return
	}
	factor *= e.weight
	scale := 1 / e.o.temperature
	for i, lp := range logp {
		p := math.Exp(lp)
		g := factor * p
		if i == at {
			g -= factor
		}
		g += e.o.entropy * p * (lp + entropy)
		value := i
		if allowed != nil {
			value = allowed[i]
		}
		d[value] += float32(scale * g)
	}
}

// logSoftmax appends the log-probabilities of the allowed values (nil: all) to dst.
func logSoftmax(dst []float64, z []float32, allowed []int, temperature float64) []float64 {
	if allowed == nil {
		for _, v := range z {
			dst = append(dst, float64(v)/temperature)
		}
	}
	for _, i := range allowed {
		dst = append(dst, float64(z[i])/temperature)
	}
	total := logSumExp(dst)
	for i := range dst {
		dst[i] -= total
	}
	return dst
}

func logSumExp(x []float64) float64 {
	largest := math.Inf(-1)
	for _, v := range x {
		largest = max(largest, v)
	}
	if math.IsInf(largest, 0) {
		return largest
	}
	var sum float64
	for _, v := range x {
		sum += math.Exp(v - largest)
	}
	return largest + math.Log(sum)
}

// softplus returns log(1+eˣ).
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// bernoulliEntropy returns the entropy of a coin with logit x.
func bernoulliEntropy(x float64) float64 { return softplus(x) - x*sigmoid(x) }
