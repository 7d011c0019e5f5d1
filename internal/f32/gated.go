package f32

// EdgeGate gates messages with a single layer and sums them. Message and gate of edge e are
//
//	m[e] = max(0, x[e][:h]), s[e] = sigmoid(x[e][h:]) with x[e] = q[from[e]] - q[to[e]] + r[class[e]]
//
// Rows of x have width 2h. q has a row for each node, with stride ldq, and r has one for each class of
// edges, with stride 2h. Then, edge by edge in ascending order,
//
//	sum[row[e]] += m[e] * s[e]
//
// Rows of sum have stride h, and sum is not cleared first. The indexes are not checked, as in [EdgeReLU].
func EdgeGate(h int, q []float32, ldq int, r []float32, from, to, class, row []int32, sum []float32) {
	edges := requireEdges(h, from, to, class, "EdgeGate: edge lists differ in length")
	require(len(row) == edges, "EdgeGate: edge lists differ in length")
	if edges == 0 || h == 0 {
		return
	}
	require(ldq >= 2*h && len(q) >= 2*h && len(r) >= 2*h && len(sum) >= h, "EdgeGate: q, r or sum is too short")
	edgeGate(h, q, ldq, r, from, to, class, row, sum)
}

// EdgeGateGrad computes gradients from the gradient ds of the sums of [EdgeGate]. It computes m and
// s again. Then, edge by edge in ascending order, with
//
//	d[e] = [ds[row[e]] * s[e] where m[e] > 0 | ds[row[e]] * s[e] * m[e] * (1 - s[e])]
//
// it adds d[e] to dq[from[e]] and to dr[class[e]], and subtracts it from dq[to[e]]. dq has the
// strides of q, and dr those of r. The indexes are not checked.
func EdgeGateGrad(h int, q []float32, ldq int, r []float32, from, to, class, row []int32, ds, dq, dr []float32) {
	edges := requireEdges(h, from, to, class, "EdgeGateGrad: edge lists differ in length")
	require(len(row) == edges, "EdgeGateGrad: edge lists differ in length")
	if edges == 0 || h == 0 {
		return
	}
	require(ldq >= 2*h && len(q) >= 2*h && len(r) >= 2*h && len(ds) >= h, "EdgeGateGrad: q, r or ds is too short")
	require(len(dq) == len(q) && len(dr) == len(r), "EdgeGateGrad: a gradient is not as long as its matrix")
	edgeGateGrad(h, q, ldq, r, from, to, class, row, ds, dq, dr)
}

func edgeGateGeneric(h int, q []float32, ldq int, r []float32, from, to, class, row []int32, sum []float32) {
	for e := range from {
		a, b, c := q[int(from[e])*ldq:][:2*h], q[int(to[e])*ldq:][:2*h], r[int(class[e])*2*h:][:2*h]
		for j, s := range sum[int(row[e])*h:][:h] {
			m := max(0, a[j]-b[j]+c[j])
			sum[int(row[e])*h+j] = s + m*sigmoid1(a[h+j]-b[h+j]+c[h+j])
		}
	}
}

func edgeGateGradGeneric(h int, q []float32, ldq int, r []float32, from, to, class, row []int32, ds, dq, dr []float32) {
	for e := range from {
		a, b, c := q[int(from[e])*ldq:][:2*h], q[int(to[e])*ldq:][:2*h], r[int(class[e])*2*h:][:2*h]
		da, db, dc := dq[int(from[e])*ldq:][:2*h], dq[int(to[e])*ldq:][:2*h], dr[int(class[e])*2*h:][:2*h]
		add := func(j int, g float32) {
			da[j] += g
			db[j] -= g
			dc[j] += g
		}
		for j, g := range ds[int(row[e])*h:][:h] {
			m, s := max(0, a[j]-b[j]+c[j]), sigmoid1(a[h+j]-b[h+j]+c[h+j])
			d := g * s
			if m > 0 {
				add(j, d)
			}
			add(h+j, d*m*(1-s))
		}
	}
}
