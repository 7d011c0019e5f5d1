package f32

// GateSum gates the messages of all edges and sums them at their target nodes. att holds the logits
// of the attention (edges×h) and is overwritten by sigmoid(att + attBias); msg (edges×h) is
// overwritten by msg + msgBias. Then, edge by edge in ascending order,
//
//	sum[to[e]] += msg[e] * att[e]
//
// sum is nodes×h and is not cleared. The indexes are not checked, as in [EdgeReLU].
func GateSum(h int, msg, msgBias, att, attBias []float32, to []int32, sum []float32) {
	edges := len(to)
	requireMatrix(edges, h, msg, h, "GateSum: msg")
	requireMatrix(edges, h, att, h, "GateSum: att")
	require(len(msgBias) == h && len(attBias) == h, "GateSum: bias does not match the width")
	if edges == 0 || h == 0 {
		return
	}
	require(len(sum) >= h, "GateSum: sum is too short")
	gateSum(h, msg, msgBias, att, attBias, to, sum)
}

// GateSumGrad computes gradients from the gradient ds (nodes×h) of the sums of [GateSum]. With s
// the sigmoid that GateSum left in att,
//
//	dmsg[e] = ds[to[e]] * s[e]
//	datt[e] = ds[to[e]] * msg[e] * s[e] * (1 - s[e])
//
// dmsg may be msg, and datt may be att. The indexes are not checked.
func GateSumGrad(h int, ds []float32, msg, att []float32, to []int32, dmsg, datt []float32) {
	edges := len(to)
	requireMatrix(edges, h, msg, h, "GateSumGrad: msg")
	requireMatrix(edges, h, att, h, "GateSumGrad: att")
	requireMatrix(edges, h, dmsg, h, "GateSumGrad: dmsg")
	requireMatrix(edges, h, datt, h, "GateSumGrad: datt")
	if edges == 0 || h == 0 {
		return
	}
	require(len(ds) >= h, "GateSumGrad: ds is too short")
	gateSumGrad(h, ds, msg, att, to, dmsg, datt)
}

func gateSumGeneric(h int, msg, msgBias, att, attBias []float32, to []int32, sum []float32) {
	for e, head := range to {
		m := msg[e*h:][:h]
		s := att[e*h:][:h]
		row := sum[int(head)*h:][:h]
		for j := range row {
			s[j] = sigmoid1(s[j] + attBias[j])
			m[j] += msgBias[j]
			row[j] += m[j] * s[j]
		}
	}
}

func gateSumGradGeneric(h int, ds []float32, msg, att []float32, to []int32, dmsg, datt []float32) {
	for e, head := range to {
		m := msg[e*h:][:h]
		s := att[e*h:][:h]
		dm := dmsg[e*h:][:h]
		da := datt[e*h:][:h]
		for j, g := range ds[int(head)*h:][:h] {
			gate := s[j]
			d := g * gate
			da[j] = d * m[j] * (1 - gate)
			dm[j] = d
		}
	}
}
