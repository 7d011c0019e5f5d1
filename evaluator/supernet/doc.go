// Package supernet implements weight sharing as in ENAS (Pham, Guan, Zoph, Le, Dean 2018, arXiv 1802.03268): all architectures of a
// space share one set of weights, so that they can be compared without training each one from scratch.
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
//	_, err = shared.Train(ctx, model, 100)      // a hundred steps, each with an architecture drawn by the model
//	result, err := shared.Evaluate(ctx, arch)   // its accuracy with the shared weights
//
// A [Supernet] trains its weights on architectures drawn by a [Sampler], usually a generator, which may be trained at the same
// time. It is also an evaluator. The accuracy of an architecture with shared weights may differ greatly from its accuracy when
// trained alone, so finally train the best few architectures from scratch, with package oracle.
//
// # Training on a GPU
//
// A [Remote] manages shared weights that are trained by a worker, such as examples/pytorch/worker.py on a GPU. It sends requests of
// package protocol through any evaluator that passes them on: a command.Evaluator or the coordinator of package jetstream.
//
//	worker, err := command.New(space, command.Config{Command: []string{"python3", "examples/pytorch/worker.py", …}})
//	…
//	shared, err := supernet.NewRemote(ctx, supernet.RemoteConfig{Space: space, Design: design, Worker: worker, …}, arch)
//	…
//	_, err = shared.Train(ctx, model, 100)
//
// # Other spaces
//
// Any design works if its networks share layers, that is, parameters with the same names and shapes. Config.Cover lists
// architectures that together contain all parameters; which architectures these are depends on the design.
//
// # Values change during training
//
// The value of an architecture depends on the current weights. An evaluator.Cached or a store around a Supernet would return outdated
// values. So would an rl.Search if a generator draws an architecture again, because a search evaluates each architecture once.
// Therefore train a generator in your own loop, which draws, evaluates and calls Model.Fit; see examples/enas. If architectures rarely
// repeat, as in ENAS's own space of 12 layers, a search with the learner rl.OnPolicy works too, with a Config.OnPropose that calls
// Train.
//
// # Reproducibility
//
// On one kind of processor, the seed and the drawn architectures determine the weights exactly, for any GOMAXPROCS and however the
// steps are divided among calls of Train. Between two steps, the value of an architecture does not depend on the order of evaluations,
// which may run in parallel.
package supernet
