// Package network turns architectures into convolutional networks that can be trained.
//
// A [Design] says which network an architecture stands for: those of the benchmarks are here, and one of your own is a
// function that draws a network up with a [Builder], operation by operation. [NewPlan] applies a design to an architecture.
// A [Plan] is no more than a drawing: it tells what the network would cost, in parameters, multiplications and memory,
// without taking any. Build makes a [Network] of it, whose passes compute:
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
// All parameters of a network lie in one flat vector, and a whole network with its loss is one function of it: [Loss] is
// a gnn.Function, for which gnn.Apply makes one operation of a Gorgonia graph.
//
// # Shared weights
//
// A network may also take its weights from a vector that has more in it. [Share] lays out what several plans have, equal
// names once; [Plan.Within] puts a plan there. So networks that have layers in common train each other's weights, and one
// more is drawn up and built in a fraction of a millisecond, in the memory of a common [Workspace].
//
// # Networks at their start
//
// Scores of networks that are not trained, such as those of evaluator/zerocost, look inside: ReLUs returns what comes out of
// the activations, GradientOf begins the backward pass with any gradient of the logits, [WithoutNorms] leaves batch
// normalisation out, and Balance keeps such networks within float32.
//
// # Order
//
// A batch is cut into the same pieces on any machine, which are summed in the same order: a pass gives the same bits
// whatever GOMAXPROCS is. Inside, images lie pixel after pixel (N×H×W×C), and so do weights; at its borders the package
// takes images channel by channel (N×C×H×W), as files have them.
package network
