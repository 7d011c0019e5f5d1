package network

// ReLUs computes a pass of images and returns what comes out of each ReLU that the logits depend on, in the order of the
// network: image after image as many values, which are positive where it is on. Several layers may read one ReLU, which is
// there once. The images are at most Options.Batch; the values live until the next pass of the workspace.
func (n *Network) ReLUs(images []float32, mode Mode) ([][]float32, error) {
	p, err := n.forward(images, n.weights.Params, mode)
	if err != nil {
		return nil, err
	}
	var values [][]float32
	for _, node := range n.plan.live {
		if node.rectifies() {
			values = append(values, p.values[node.output])
		}
	}
	return values, nil
}

// rectifies tells whether the node's output is that of a ReLU, be it fused.
func (n *node) rectifies() bool {
	switch l := n.layer.(type) {
	case relu:
		return true
	case *norm:
		return l.ReLU
	}
	return false
}
