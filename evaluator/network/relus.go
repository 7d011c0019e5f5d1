package network

// ReLUs runs a forward pass and returns the output of each ReLU that the logits depend on, in the order of the network.
// An output holds the values image by image, the same number for each. A ReLU that several layers read is
// returned once. There must be at most Options.Batch images. The outputs are valid until the next pass in the
// workspace.
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

// rectifies reports whether the node's output is that of a ReLU, possibly a fused one.
func (n *node) rectifies() bool {
	switch l := n.layer.(type) {
	case relu:
		return true
	case *norm:
		return l.ReLU
	}
	return false
}
