package gran

import (
	"math"

	"github.com/graphpnas/graphpnas/generator/internal/likelihood"
)

// evaluation adds up the loss of a target and the entropy along its path, given the logits z of a
// pass. Unless d is nil, it also adds up the gradient of the logits in d.
type evaluation struct {
	likelihood.Sum
	net *network
	t   *target
	z   logits
	d   *logits
	// Buffers for a step, with a value for each component.
	mix, comp, post, entropy []float64
}

// evaluate returns the loss of a target and the entropy along its path, which is zero unless
// c.Entropy is set. Unless d is nil, it adds the gradient of weight·loss − c.Entropy·entropy to d.
func (net *network) evaluate(t *target, z logits, c likelihood.Criterion, d *logits, weight float64) (loss, entropy float64) {
	k := net.components
	scratch := make([]float64, 4*k)
	e := evaluation{Sum: likelihood.Sum{Criterion: c, Weight: weight}, net: net, t: t, z: z, d: d,
		mix: scratch[:k], comp: scratch[k : 2*k], post: scratch[2*k : 3*k], entropy: scratch[3*k:]}
	for step := range t.nodes {
		if !net.chain {
			e.edges(step)
		}
		if t.allowedLabels != nil {
			e.nodeLabel(step)
		}
		if t.allowedEdges != nil {
			e.edgeLabels(step)
		}
	}
	e.values()
	return e.Loss, e.Entropy
}

// edges adds −log Σ_k α_k Π_j Bernoulli(a_tj; θ_ktj) of one step.
func (e *evaluation) edges(step int) {
	k, row := e.net.components, triangle(step+1)
	factor := 1.0
	if e.Criterion.Paper {
		factor = likelihood.PaperEdge(e.t.nodes)
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
			x := float64(z) / e.Criterion.Temperature
			if present {
				e.comp[c] -= softplus(-x)
			} else {
				e.comp[c] -= softplus(x)
			}
			if e.Criterion.Entropy != 0 {
				e.entropy[c] += bernoulliEntropy(x)
			}
		}
	}
	total := likelihood.LogSumExp(e.comp)
	var entropy float64
	for c := range e.comp {
		e.post[c] = math.Exp(e.comp[c] - total)
		entropy += math.Exp(e.mix[c]) * e.entropy[c]
	}
	e.Loss -= total * factor
	e.Entropy += entropy
	if e.d != nil {
		e.edgesGradient(step, e.Weight*factor, entropy)
	}
}

// skip reports whether the edge j→step does not count because the space did not leave a choice.
func (e *evaluation) skip(step, j int) bool {
	return e.Criterion.Masked && !e.t.free[triangle(step)+j]
}

// mixture sets mix to the log-weights of the components: the log-softmax of the mean of the α
// logits over the step's pairs.
func (e *evaluation) mixture(row, step int) {
	mixtureWeights(e.mix, e.z.alpha[row*len(e.mix):(row+step+1)*len(e.mix)], e.Criterion.Temperature)
}

// mixtureWeights writes the log-weights of the components to mix, given a step's α logits.
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
	total := likelihood.LogSumExp(mix)
	for c := range mix {
		mix[c] -= total
	}
}

// edgesGradient adds the gradient of the edges of one step. factor includes the target's weight.
func (e *evaluation) edgesGradient(step int, factor, entropy float64) {
	k, row := e.net.components, triangle(step+1)
	scale := 1 / e.Criterion.Temperature
	for c := range k {
		share := math.Exp(e.mix[c])
		g := factor*(share-e.post[c]) - e.Criterion.Entropy*share*(e.entropy[c]-entropy)
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
			x := float64(e.z.theta[(row+j)*k+c]) / e.Criterion.Temperature
			p := sigmoid(x)
			g := factor * e.post[c] * (p - present)
			if e.Criterion.Entropy != 0 {
				g += e.Criterion.Entropy * math.Exp(e.mix[c]) * x * p * (1 - p)
			}
			e.d.theta[(row+j)*k+c] += float32(scale * g)
		}
	}
}

func (e *evaluation) nodeLabel(step int) {
	n := e.net.nodeLabels
	factor := 1.0
	if e.Criterion.Paper {
		factor = likelihood.PaperNodeOp(e.t.nodes)
	}
	var allowed []int
	if e.Criterion.Masked {
		allowed = e.t.allowedLabels[step]
	}
	var d []float32
	if e.d != nil {
		d = e.d.phi[step*n : (step+1)*n]
	}
	e.Categorical(e.z.phi[step*n:(step+1)*n], d, e.t.labels[step], allowed, factor)
}

func (e *evaluation) edgeLabels(step int) {
	n, row := e.net.edgeLabels, triangle(step+1)
	factor := 1.0
	if e.Criterion.Paper {
		factor = likelihood.PaperEdgeOp(e.t.inDegree(step))
	}
	for j := range step {
		i := triangle(step) + j
		if e.t.edges[i] == 0 {
			continue
		}
		var allowed []int
		if e.Criterion.Masked {
			allowed = e.t.allowedEdges[i]
		}
		var d []float32
		if e.d != nil {
			d = e.d.psi[(row+j)*n : (row+j+1)*n]
		}
		e.Categorical(e.z.psi[(row+j)*n:(row+j+1)*n], d, int(e.t.edges[i]), allowed, factor)
	}
}

// values adds the decisions of the value heads.
func (e *evaluation) values() {
	var d logits
	if e.d != nil {
		d = *e.d
	}
	for i, c := range e.t.nodeChoices {
		e.value(e.net.nodeValues, i, c, e.z.nodeValues, d.nodeValues, likelihood.PaperNodeOp(e.t.nodes))
	}
	for i, c := range e.t.edgeChoices {
		e.value(e.net.edgeValues, i, c, e.z.edgeValues, d.edgeValues, likelihood.PaperEdgeOp(e.t.inDegree(c.Node)))
	}
}

// value adds one decision of a value head, whose logits are in the given row of z and their
// gradient in that of d.
func (e *evaluation) value(head *valueHead, row int, c choice, z, d []float32, paper float64) {
	factor := 1.0
	if e.Criterion.Paper {
		factor = paper
	}
	var allowed []int
	if e.Criterion.Masked {
		allowed = c.Allowed
	}
	if d != nil {
		d = head.of(d, row, c.Decision)
	}
	e.Categorical(head.of(z, row, c.Decision), d, c.Value, allowed, factor)
}

// softplus returns log(1+eˣ).
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// bernoulliEntropy returns the entropy of a coin with logit x.
func bernoulliEntropy(x float64) float64 { return softplus(x) - x*sigmoid(x) }
