package f32

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// graph is an edge list with loops, repeated edges, and runs of edges with the same target.
type graph struct {
	nodes, classes  int
	from, to, class []int32
}

func newGraph(rng *rand.Rand, nodes, edges int) *graph {
	g := &graph{nodes: nodes, classes: 3}
	for e := range edges {
		g.from = append(g.from, int32(rng.IntN(nodes)))
		g.to = append(g.to, int32(e*nodes/edges))
		g.class = append(g.class, int32(rng.IntN(g.classes)))
	}
	return g
}

// arenaSet returns random operands that end at guarded pages.
type arenaSet struct {
	t      *testing.T
	rng    *rand.Rand
	arenas [][]float32
	used   int
}

func (s *arenaSet) operand(n int) []float32 {
	if s.used == len(s.arenas) {
		s.arenas = append(s.arenas, newArena(s.t, 1<<15))
	}
	s.used++
	return fill(s.rng, tail(s.arenas[s.used-1], n))
}

// eachWidth runs a test with all implementations and widths of rows.
func eachWidth(t *testing.T, test func(t *testing.T, s *arenaSet, g *graph, w int)) {
	s := &arenaSet{t: t, rng: newRand()}
	eachImplementation(t, func(t *testing.T) {
		for _, w := range widths() {
			for _, edges := range []int{0, 1, 23} {
				s.used = 0
				test(t, s, newGraph(s.rng, 7, edges), w)
			}
		}
	})
}

func TestEdgeReLU(t *testing.T) {
	eachWidth(t, func(t *testing.T, s *arenaSet, g *graph, w int) {
		ldq, ldr := w+5, w+2
		q, r, dst := s.operand(span(g.nodes, w, ldq)), s.operand(span(g.classes, w, ldr)), s.operand(len(g.from)*w)
		EdgeReLU(w, q, ldq, r, ldr, g.from, g.to, g.class, dst)
		for e := range g.from {
			for j := range w {
				want := max(0, q[int(g.from[e])*ldq+j]-q[int(g.to[e])*ldq+j]+r[int(g.class[e])*ldr+j])
				if dst[e*w+j] != want {
					t.Fatalf("width %d: dst[%d][%d] is %v, want %v", w, e, j, dst[e*w+j], want)
				}
			}
		}
	})
}

func TestEdgeReLUGrad(t *testing.T) {
	eachWidth(t, func(t *testing.T, s *arenaSet, g *graph, w int) {
		lddq := w + 2
		d, act := s.operand(len(g.from)*w), s.operand(len(g.from)*w)
		ReLU(act, act)
		dq, dr := s.operand(span(g.nodes, w, lddq)), s.operand(g.classes*w)
		wantD, wantQ, wantR := slices.Clone(d), slices.Clone(dq), slices.Clone(dr)
		for e := range g.from {
			for j := range w {
				if act[e*w+j] == 0 {
					wantD[e*w+j] = 0
				}
				wantQ[int(g.from[e])*lddq+j] += wantD[e*w+j]
				wantQ[int(g.to[e])*lddq+j] -= wantD[e*w+j]
				wantR[int(g.class[e])*w+j] += wantD[e*w+j]
			}
		}
		EdgeReLUGrad(w, d, act, g.from, g.to, g.class, dq, lddq, dr)
		if !slices.Equal(d, wantD) || !slices.Equal(dq, wantQ) || !slices.Equal(dr, wantR) {
			t.Fatalf("width %d, %d edges: wrong gradients", w, len(g.from))
		}
	})
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// approx fails the test unless x[i] is near want[i] for all i.
func approx(t *testing.T, what string, x []float32, want []float64) {
	t.Helper()
	for i, got := range x {
		if !(math.Abs(float64(got)-want[i]) <= 2e-6*(1+math.Abs(want[i]))) {
			t.Fatalf("%s[%d] is %v, want %v", what, i, got, want[i])
		}
	}
}

func doubles(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func TestGateSum(t *testing.T) {
	eachWidth(t, func(t *testing.T, s *arenaSet, g *graph, h int) {
		edges := len(g.to)
		msg, att, msgBias, attBias := s.operand(edges*h), s.operand(edges*h), s.operand(h), s.operand(h)
		sum := s.operand(g.nodes * h)
		wantM, wantA, wantS := doubles(msg), doubles(att), doubles(sum)
		for e, to := range g.to {
			for j := range h {
				wantA[e*h+j] = logistic(wantA[e*h+j] + float64(attBias[j]))
				wantM[e*h+j] += float64(msgBias[j])
				wantS[int(to)*h+j] += wantM[e*h+j] * wantA[e*h+j]
			}
		}
		GateSum(h, msg, msgBias, att, attBias, g.to, sum)
		approx(t, "msg", msg, wantM)
		approx(t, "att", att, wantA)
		approx(t, "sum", sum, wantS)
	})
}

func TestGateSumGrad(t *testing.T) {
	eachWidth(t, func(t *testing.T, s *arenaSet, g *graph, h int) {
		n := len(g.to) * h
		ds, msg, att := s.operand(g.nodes*h), s.operand(n), s.operand(n)
		Sigmoid(att, att)
		wantM, wantA := make([]float64, n), make([]float64, n)
		for e, to := range g.to {
			for j := range h {
				gate, d := float64(att[e*h+j]), float64(ds[int(to)*h+j])
				wantM[e*h+j] = d * gate
				wantA[e*h+j] = d * float64(msg[e*h+j]) * gate * (1 - gate)
			}
		}
		dmsg, datt := s.operand(n), s.operand(n)
		GateSumGrad(h, ds, msg, att, g.to, dmsg, datt)
		approx(t, "dmsg", dmsg, wantM)
		approx(t, "datt", datt, wantA)
		GateSumGrad(h, ds, msg, att, g.to, msg, att)
		if !slices.Equal(msg, dmsg) || !slices.Equal(att, datt) {
			t.Fatalf("width %d: the result in place differs", h)
		}
	})
}

// gatedReference computes an edge's message, gate and logits in double precision.
func gatedReference(g *graph, e, j, h int, q []float32, ldq int, r []float32) (message, gate float64) {
	at := func(j int) float64 {
		return float64(q[int(g.from[e])*ldq+j]) - float64(q[int(g.to[e])*ldq+j]) + float64(r[int(g.class[e])*2*h+j])
	}
	return max(0, at(j)), logistic(at(h + j))
}

func TestEdgeGate(t *testing.T) {
	eachWidth(t, func(t *testing.T, s *arenaSet, g *graph, h int) {
		ldq := 2*h + 3
		q, r, sum := s.operand(span(g.nodes, 2*h, ldq)), s.operand(g.classes*2*h), s.operand(g.nodes*h)
		want, row := doubles(sum), slices.Clone(g.to)
		slices.Reverse(row)
		for e := range row {
			for j := range h {
				message, gate := gatedReference(g, e, j, h, q, ldq, r)
				want[int(row[e])*h+j] += message * gate
			}
		}
		EdgeGate(h, q, ldq, r, g.from, g.to, g.class, row, sum)
		approx(t, "sum", sum, want)
	})
}

func TestEdgeGateGrad(t *testing.T) {
	eachWidth(t, func(t *testing.T, s *arenaSet, g *graph, h int) {
		ldq := 2*h + 3
		q, r, ds := s.operand(span(g.nodes, 2*h, ldq)), s.operand(g.classes*2*h), s.operand(g.nodes*h)
		dq, dr := s.operand(len(q)), s.operand(len(r))
		wantQ, wantR, row := doubles(dq), doubles(dr), slices.Clone(g.to)
		slices.Reverse(row)
		for e := range row {
			add := func(j int, d float64) {
				wantQ[int(g.from[e])*ldq+j] += d
				wantQ[int(g.to[e])*ldq+j] -= d
				wantR[int(g.class[e])*2*h+j] += d
			}
			for j := range h {
				message, gate := gatedReference(g, e, j, h, q, ldq, r)
				d := float64(ds[int(row[e])*h+j]) * gate
				if message > 0 {
					add(j, d)
				}
				add(h+j, d*message*(1-gate))
			}
		}
		EdgeGateGrad(h, q, ldq, r, g.from, g.to, g.class, row, ds, dq, dr)
		approx(t, "dq", dq, wantQ)
		approx(t, "dr", dr, wantR)
	})
}

// gruReference computes the cell in double precision.
func gruReference(x, y, bi, bh []float32, hid []float32, h int) (rzn, q, out []float64) {
	rzn, q, out = make([]float64, 3*h), make([]float64, h), make([]float64, h)
	for j := range h {
		in := func(gate int) float64 { return float64(x[gate*h+j]) + float64(bi[gate*h+j]) }
		state := func(gate int) float64 { return float64(y[gate*h+j]) + float64(bh[gate*h+j]) }
		r, z := logistic(in(0)+state(0)), logistic(in(1)+state(1))
		q[j] = state(2)
		n := math.Tanh(in(2) + r*q[j])
		rzn[j], rzn[h+j], rzn[2*h+j] = r, z, n
		out[j] = (1-z)*n + z*float64(hid[j])
	}
	return rzn, q, out
}

func TestGRU(t *testing.T) {
	eachWidth(t, func(t *testing.T, s *arenaSet, g *graph, h int) {
		nodes, ldgh := len(g.from), 3*h+4
		gi, gh := s.operand(nodes*3*h), s.operand(span(nodes, 3*h, ldgh))
		bi, bh, hid := s.operand(3*h), s.operand(3*h), s.operand(nodes*h)
		out, rzn, q := s.operand(nodes*h), s.operand(nodes*3*h), s.operand(nodes*h)
		GRU(nodes, h, gi, gh, ldgh, bi, bh, hid, out, rzn, q)
		if h == 0 {
			return
		}
		for i := range nodes {
			wantGates, wantQ, wantOut := gruReference(gi[i*3*h:], gh[i*ldgh:], bi, bh, hid[i*h:], h)
			approx(t, "rzn", rzn[i*3*h:(i+1)*3*h], wantGates)
			approx(t, "q", q[i*h:(i+1)*h], wantQ)
			approx(t, "out", out[i*h:(i+1)*h], wantOut)
		}
		GRU(nodes, h, gi, gh, ldgh, bi, bh, hid, out, gi, q)
		if !slices.Equal(gi, rzn) {
			t.Fatalf("width %d: the gates in place differ", h)
		}
	})
}

func TestGRUGrad(t *testing.T) {
	eachWidth(t, func(t *testing.T, s *arenaSet, g *graph, h int) {
		nodes, lddgh := len(g.from), 3*h+1
		dout, hid, rzn, q := s.operand(nodes*h), s.operand(nodes*h), s.operand(nodes*3*h), s.operand(nodes*h)
		Sigmoid(rzn, rzn)
		dgi, dgh, dhid := s.operand(nodes*3*h), s.operand(span(nodes, 3*h, lddgh)), s.operand(nodes*h)
		wantI, wantH, wantHid := make([]float64, nodes*3*h), doubles(dgh), make([]float64, nodes*h)
		for i := range nodes {
			for j := range h {
				at, row := i*h+j, i*3*h+j
				r, z, n := float64(rzn[row]), float64(rzn[row+h]), float64(rzn[row+2*h])
				d := float64(dout[at])
				dn := d * (1 - z) * (1 - n*n)
				dz := d * (float64(hid[at]) - n) * z * (1 - z)
				dr := dn * float64(q[at]) * r * (1 - r)
				wantI[row], wantI[row+h], wantI[row+2*h] = dr, dz, dn
				row = i*lddgh + j
				wantH[row], wantH[row+h], wantH[row+2*h] = dr, dz, dn*r
				wantHid[at] = d * z
			}
		}
		GRUGrad(nodes, h, dout, hid, rzn, q, dgi, dgh, lddgh, dhid)
		approx(t, "dgi", dgi, wantI)
		approx(t, "dgh", dgh, wantH)
		approx(t, "dhid", dhid, wantHid)
	})
}
