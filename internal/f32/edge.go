package f32

// EdgeReLU computes the first layer of a message function for each edge e
//
//	dst[e] = max(0, q[from[e]] - q[to[e]] + r[class[e]])
//
// Rows have width w. q has a row for each node, with stride ldq; r has one for each class of edges,
// with stride ldr; and dst has one for each edge, with stride w. NaN stays NaN. dst must not overlap
// q or r.
//
// The indexes are not checked. The caller must validate them once, when it builds the edge list. An
// index out of range reads arbitrary memory.
func EdgeReLU(w int, q []float32, ldq int, r []float32, ldr int, from, to, class []int32, dst []float32) {
	edges := requireEdges(w, from, to, class, "EdgeReLU: edge lists differ in length")
	requireMatrix(edges, w, dst, w, "EdgeReLU: dst")
	if edges == 0 || w == 0 {
		return
	}
	require(ldq >= w && len(q) >= w && ldr >= w && len(r) >= w, "EdgeReLU: q or r is too short")
	edgeReLU(w, q, ldq, r, ldr, from, to, class, dst)
}

// EdgeReLUGrad computes the gradient of [EdgeReLU]. d holds the gradient with respect to its result
// act. It is overwritten by the gradient before the ReLU, which is 0 where act is 0. Then, edge by
// edge in ascending order,
//
//	dq[from[e]] += d[e]; dq[to[e]] -= d[e]; dr[class[e]] += d[e]
//
// The indexes are not checked, as in EdgeReLU. Here, an index out of range corrupts memory.
func EdgeReLUGrad(w int, d, act []float32, from, to, class []int32, dq []float32, lddq int, dr []float32) {
	edges := requireEdges(w, from, to, class, "EdgeReLUGrad: edge lists differ in length")
	requireMatrix(edges, w, d, w, "EdgeReLUGrad: d")
	requireMatrix(edges, w, act, w, "EdgeReLUGrad: act")
	if edges == 0 || w == 0 {
		return
	}
	require(lddq >= w && len(dq) >= w && len(dr) >= w, "EdgeReLUGrad: dq or dr is too short")
	edgeReLUGrad(w, d, act, from, to, class, dq, lddq, dr)
}

// requireEdges checks the lists of an edge kernel and returns their length.
func requireEdges(w int, from, to, class []int32, what string) int {
	require(w >= 0 && len(to) == len(from) && len(class) == len(from), what)
	return len(from)
}

func edgeReLUGeneric(w int, q []float32, ldq int, r []float32, ldr int, from, to, class []int32, dst []float32) {
	for e := range from {
		a := q[int(from[e])*ldq:][:w]
		b := q[int(to[e])*ldq:][:w]
		c := r[int(class[e])*ldr:][:w]
		row := dst[e*w:][:w]
		for j := range row {
			row[j] = max(0, a[j]-b[j]+c[j])
		}
	}
}

func edgeReLUGradGeneric(w int, d, act []float32, from, to, class []int32, dq []float32, lddq int, dr []float32) {
	for e := range from {
		row := d[e*w:][:w]
		mask := act[e*w:][:w]
		a := dq[int(from[e])*lddq:][:w]
		b := dq[int(to[e])*lddq:][:w]
		c := dr[int(class[e])*w:][:w]
		for j, y := range mask {
			if y == 0 {
				row[j] = 0
			}
			a[j] += row[j]
			b[j] -= row[j]
			c[j] += row[j]
		}
	}
}
