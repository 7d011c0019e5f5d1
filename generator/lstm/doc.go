// Package lstm implements the recurrent controller that GraphPNAS is compared with: the LSTM of
// Zoph & Le 2017 (arXiv 1611.01578) in the form of ENAS (Pham et al. 2018, arXiv 1802.03268). It
// builds an architecture decision by decision, following the space's Builder:
//
//	controller, err := lstm.New(space, lstm.Config{}, rng)
//	report, err := controller.Fit(ctx, rng, examples, generator.FitOptions{Epochs: 70})
//	archs, err := controller.Sample(ctx, rng, 10)
//
// At decision s
//
//	x_s = E_previous value + E_part and kind + E_node + E_source    the embeddings of the last decision and of this one
//	h_s = LSTM(x_s, h_s−1)                                          in as many layers as configured
//	value = softmax(V · tanh(W·a + U·h_s + b))                      with a V for each part and kind
//
// Each field of a part's nodes or edges is a separate kind. The anchor a is that of the edge's
// source, or zero if the decision is not about an edge. A node's anchor is the state at the first
// decision about the next node, when everything about the node has been read. Every choice is
// renormalized over the values that the Builder allows, so every sample is valid and LogProb is
// exact. A value that is the only one allowed has probability one and is still an input of the next
// decision.
//
// One network serves all parts of a space. Its state continues from part to part, so later parts can depend on earlier ones.
//
// The losses are those of package generator. With generator.PaperLoss, the controller weights
// edges, node operations, edge operations and fields as package gran does, but renormalizes choices
// over the allowed values, as with generator.LogLikelihood.
package lstm
