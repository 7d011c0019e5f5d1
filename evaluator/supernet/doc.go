// Package supernet implements weight sharing as in ENAS (Pham, Guan, Zoph, Le, Dean 2018, arXiv 1802.03268): all
// architectures of a space share one set of weights, so that they can be compared without training each from scratch.
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
// A [Supernet] trains its weights on the architectures that a [Sampler] draws, such as a generator, which may learn
// meanwhile. It is an evaluator. An architecture that has a low accuracy with shared weights may have a high one with
// weights of its own, so train the best few from scratch in the end, with package oracle.
//
// # On a GPU
//
// A [Remote] is shared weights that a worker trains, such as examples/pytorch/worker.py. It sends requests of package protocol
// through any evaluator that passes them on: a command.Evaluator or the coordinator of a queue.
//
//	worker, err := command.New(space, command.Config{Command: []string{"python3", "examples/pytorch/worker.py", …}})
//	…
//	shared, err := supernet.NewRemote(ctx, supernet.RemoteConfig{Space: space, Design: design, Worker: worker, …}, arch)
//	…
//	_, err = shared.Train(ctx, model, 100)
//
// # Other spaces
//
// Any design works whose networks have layers in common: parameters that have the same names and shapes. Config.Cover lists
// architectures that together have all parameters; which ones these are depends on the design.
//
// # Values change
//
// A value belongs to the weights as they are when the architecture is evaluated. An evaluator.Cached or a store around a
// Supernet would return values of earlier weights. So does an rl.Search if a generator draws an architecture again, because
// it evaluates each architecture once. A generator that learns from a supernet therefore does so in a loop of its own,
// which draws, evaluates and calls Model.Fit; see examples/enas. If architectures hardly ever repeat, as in ENAS's own space
// of 12 layers, a search with the learner rl.OnPolicy works too, with a Config.OnPropose that calls Train.
//
// # Reproducibility
//
// The seed and the architectures that are drawn determine the weights to the bit on one kind of processor, whatever
// GOMAXPROCS is and however the steps are divided among calls of Train. Between two steps a value depends on the
// architecture alone, not on the order of evaluations, and evaluations may run in parallel.
package supernet
