package f32

// GRU makes one step of PyTorch's GRUCell for all nodes. gi (nodes×3h) is the product of the input
// and its weights, and gh (nodes×3h, row stride ldgh) is that of the hidden state, both without
// biases and with the gates in the order reset, update, new; bi and bh are the biases, of length
// 3h. With
//
//	r = sigmoid(gi_r + bi_r + gh_r + bh_r)
//	z = sigmoid(gi_z + bi_z + gh_z + bh_z)
//	q = gh_n + bh_n
//	n = tanh(gi_n + bi_n + r*q)
//
// it computes out = (1-z)*n + z*hid. For [GRUGrad], it stores the gates in rzn (nodes×3h, may be
// gi) and q (nodes×h). hid and out are nodes×h.
func GRU(nodes, h int, gi []float32, gh []float32, ldgh int, bi, bh, hid, out, rzn, q []float32) {
	requireMatrix(nodes, 3*h, gi, 3*h, "GRU: gi")
	requireMatrix(nodes, 3*h, gh, ldgh, "GRU: gh")
	require(len(bi) == 3*h && len(bh) == 3*h, "GRU: bias does not match the width")
	requireMatrix(nodes, h, hid, h, "GRU: hid")
	requireMatrix(nodes, h, out, h, "GRU: out")
	requireMatrix(nodes, 3*h, rzn, 3*h, "GRU: rzn")
	requireMatrix(nodes, h, q, h, "GRU: q")
	if nodes > 0 && h > 0 {
		gru(nodes, h, gi, gh, ldgh, bi, bh, hid, out, rzn, q)
	}
}

// GRUGrad computes gradients from the gradient dout (nodes×h) of [GRU]: dgi (nodes×3h, may be rzn)
// and dgh (nodes×3h, row stride lddgh) with respect to gi and gh, and dhid = dout*z (nodes×h, may
// be dout), the part of the gradient that reaches the hidden state directly. All three are
// overwritten.
func GRUGrad(nodes, h int, dout, hid, rzn, q, dgi, dgh []float32, lddgh int, dhid []float32) {
	requireMatrix(nodes, h, dout, h, "GRUGrad: dout")
	requireMatrix(nodes, h, hid, h, "GRUGrad: hid")
	requireMatrix(nodes, 3*h, rzn, 3*h, "GRUGrad: rzn")
	requireMatrix(nodes, h, q, h, "GRUGrad: q")
	requireMatrix(nodes, 3*h, dgi, 3*h, "GRUGrad: dgi")
	requireMatrix(nodes, 3*h, dgh, lddgh, "GRUGrad: dgh")
	requireMatrix(nodes, h, dhid, h, "GRUGrad: dhid")
	if nodes > 0 && h > 0 {
		gruGrad(nodes, h, dout, hid, rzn, q, dgi, dgh, lddgh, dhid)
	}
}

func gruGeneric(nodes, h int, gi []float32, gh []float32, ldgh int, bi, bh, hid, out, rzn, q []float32) {
	for i := range nodes {
		x := gi[3*i*h:][:3*h]
		y := gh[i*ldgh:][:3*h]
		gates := rzn[3*i*h:][:3*h]
		for j := range h {
			jz, jn := j+h, j+2*h
			r := sigmoid1(x[j] + bi[j] + (y[j] + bh[j]))
			z := sigmoid1(x[jz] + bi[jz] + (y[jz] + bh[jz]))
			hn := y[jn] + bh[jn]
			n := tanh1(x[jn] + bi[jn] + r*hn)
			gates[j], gates[jz], gates[jn] = r, z, n
			q[i*h+j] = hn
			out[i*h+j] = n + z*(hid[i*h+j]-n)
		}
	}
}

func gruGradGeneric(nodes, h int, dout, hid, rzn, q, dgi, dgh []float32, lddgh int, dhid []float32) {
	for i := range nodes {
		gates := rzn[3*i*h:][:3*h]
		di := dgi[3*i*h:][:3*h]
		dh := dgh[i*lddgh:][:3*h]
		for j := range h {
			jz, jn := j+h, j+2*h
			r, z, n := gates[j], gates[jz], gates[jn]
			d, at := dout[i*h+j], i*h+j
			dn := d * (1 - z) * (1 - n*n)
			dz := d * (hid[at] - n) * z * (1 - z)
			dr := dn * q[at] * r * (1 - r)
			di[j], di[jz], di[jn] = dr, dz, dn
			dh[j], dh[jz], dh[jn] = dr, dz, dn*r
			dhid[at] = d * z
		}
	}
}
