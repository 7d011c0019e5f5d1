// Package network builds convolutional networks from architectures, trains them and evaluates them on the CPU.
//
// A [Design] maps an architecture to a network. This package contains the designs of the published benchmarks; your own design is
// a function that adds operations to a [Builder]. [NewPlan] applies a design to an architecture. The resulting [Plan] counts the
// parameters, multiplications and memory of the network without allocating it. Build returns the [Network], which computes:
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
// All parameters of a network are in one flat vector, and the network's loss is a function of that vector: [Loss] is a
// gnn.Function, which gnn.Apply turns into one operation of a Gorgonia graph.
//
// # Saving and exporting
//
// A plan is encoded as a JSON [Document], from which a program in any language can build the network. [Save] writes a trained
// network with its weights, the names of its classes and the normalization of its images; [Load] reads it, and Predict classifies
// images with it. Package export writes ONNX models and PyTorch source.
//
// # Shared weights
//
// Several networks can share weights. [Share] returns a layout with the parameters of several plans, in which parameters of the
// same name are the same; [Plan.Within] places a plan in the layout. Training one network then changes the weights of the others.
// Planning and building another network takes a fraction of a millisecond, and networks can share the memory of a [Workspace].
//
// # Untrained networks
//
// Scores of untrained networks, such as those of evaluator/zerocost, need more than the loss: ReLUs returns the outputs of the
// activations, GradientOf computes the gradient of any function of the logits, [WithoutNorms] leaves out batch normalization, and
// Balance keeps the values of such networks within the range of float32.
//
// # Reproducibility
//
// A batch is divided into the same pieces on any machine, and their results are added in the same order, so a pass gives
// bit-identical results for any GOMAXPROCS. Exported functions take N×C×H×W images, the order of image files; internally, images
// are N×H×W×C.
package network
