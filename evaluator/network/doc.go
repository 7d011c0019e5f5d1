// Package network turns architectures into convolutional networks that can be trained.
//
// A [Design] maps an architecture to a network. The designs of the benchmarks are in this package; your own is a function
// that draws a network with a [Builder], operation by operation. [NewPlan] applies a design to an architecture. The [Plan]
// tells what the network costs in parameters, multiplications and memory, and takes no memory itself. Build turns it into a
// [Network], which computes:
//
//	plan, err := network.NewPlan(network.NASBench201{}, arch, network.Input{Channels: 3, Height: 32, Width: 32, Classes: 10})
//	weights := plan.Layout().Init(rng)
//	net, err := plan.Build(weights, network.Options{Batch: 64})
//	for batch := range batches {
//		report, err := net.Gradient(batch, 0)
//		err = solver.Step(net.Learned()) // any gorgonia.Solver
//	}
//	report, err := net.Measure(test, network.Evaluate)
//
// All parameters of a network are in one flat vector, and the network with its loss is one function of that vector: [Loss] is
// a gnn.Function, which gnn.Apply turns into one operation of a Gorgonia graph.
//
// # Leaving the program
//
// A plan is written and read as a JSON [Document], from which a program in any language can build the network. [Save] writes
// a trained network with its weights, the names of its classes and the normalization of its images, and [Load] reads it in
// another program, where Predict classifies images. Package export writes ONNX models and PyTorch source.
//
// # Shared weights
//
// A network may also take its weights from a larger vector. [Share] returns a layout with the parameters of several plans,
// one for each name; [Plan.Within] places a plan in it. Networks with common layers then train each other's weights, and
// another one is planned and built in a fraction of a millisecond, in the memory of a common [Workspace].
//
// # Networks at their start
//
// Scores of untrained networks, such as those of evaluator/zerocost, look inside: ReLUs returns the results of the
// activations, GradientOf starts the backward pass from any gradient of the logits, [WithoutNorms] leaves batch normalisation
// out, and Balance keeps the values of such networks within float32.
//
// # Order
//
// A batch is cut into the same pieces on any machine, and their results are added in the same order: a pass gives the same
// bits for any GOMAXPROCS. Inside, images are N×H×W×C, and so are weights; the exported functions take N×C×H×W images, as
// files have them.
package network
