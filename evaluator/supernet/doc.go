// Package supernet has weight sharing, as in ENAS (Pham, Guan, Zoph, Le, Dean 2018, arXiv 1802.03268): one set of weights
// that all architectures of a space have in common, so that none of them has to be trained from scratch to be compared.
//
//	cover, err := supernet.ENASCover(6)
//	…
//	shared, err := supernet.New(supernet.Config{
//		Design: network.ENASMacro{Channels: 8, Shared: true},
//		Cover:  cover,
//		Images: images, // of package oracle
//		Recipe: supernet.Recipe{Epochs: 30},
//	})
//	…
//	_, err = shared.Train(ctx, model, 100)      // a hundred steps, each of an architecture that the model draws
//	result, err := shared.Evaluate(ctx, arch)   // its accuracy with the shared weights
//
// A [Supernet] trains its weights on what any [Sampler] draws, such as a generator that learns meanwhile or one that does
// not, and is an evaluator. What has a low accuracy with shared weights may have a high one with its own: the best few are
// trained from scratch in the end, by package oracle.
//
// # Another space
//
// Any design will do whose networks have layers in common, which is that their parameters have equal names and shapes.
// Config.Cover is architectures that together have all the parameters there are; which they are depends on the design.
//
// # Values that change
//
// A value is that of the weights as they are. So an evaluator.Cached or a store around a Supernet would answer with what was
// true some steps ago. So does an rl.Trainer for what its generator draws a second time: it evaluates an architecture once.
// A generator that learns from a supernet does so in a loop of its own, which draws, evaluates and calls Model.Fit:
// examples/enas is one. Where architectures hardly ever repeat, as in ENAS's own space of 12 layers, a trainer with the
// learner rl.OnPolicy will do as well, whose Config.OnRound calls Train.
//
// # Order
//
// The seed and the architectures that are drawn fix the weights to the bit, whatever GOMAXPROCS is and however the steps
// are divided among calls of Train, on one kind of processor. Between two steps a value depends on the architecture alone,
// and not on the order of evaluations, any number of which may run at a time.
package supernet
