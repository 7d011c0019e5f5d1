// Package oracle trains architectures from scratch: an evaluator whose answer is the accuracy that a network really
// reaches.
//
//	data, err := dataset.OpenFashionMNIST("/usr/share/datasets/fashion-mnist")
//	…
//	valid, train, err := data.Train.Split(seed, 10000)
//	…
//	images, err := oracle.NewImages(ctx, train, valid, data.Test)
//	…
//	scores, err := oracle.New(oracle.Config{
//		Design: network.NASBench201{Channels: 8, Cells: 1},
//		Images: images,
//		Recipe: oracle.Recipe{Epochs: 12, Fraction: 0.2},
//	})
//
// A [Recipe] says how, and with its Epochs and Fraction for how long; the zero Recipe is NAS-Bench-201's short training.
// What becomes of an architecture is a result with the validation accuracy, further figures and the time that it took. A
// training that diverges is a result too, a bad one.
//
// # Training a single network
//
// An [Oracle] runs a [Training] for each evaluation. Run one yourself to keep the trained network:
//
//	t, err := oracle.NewTraining(plan, images, oracle.Recipe{Epochs: 100}, oracle.Options{Seed: 1})
//	…
//	for !t.Done() {
//		if err := t.Epoch(ctx); err != nil {
//			return err
//		}
//		log.Printf("%+v", t.Progress())
//	}
//	test, err := t.Measure(ctx, images.Test)
//	weights := t.Network().Weights()
//
// Save and Load keep the state of a training, and [Checkpoint] keeps it in a file while it runs: one that was killed goes on
// from there to the same weights. Classifier returns the trained network for network.Save, with which other programs classify
// images.
//
// # Order
//
// Plan, images, recipe and seed fix the weights to the bit, whatever GOMAXPROCS is and whatever trains beside, on one kind
// of processor: another one's vector instructions round differently. All architectures see the same images in the same
// order.
//
// A network that is trained alone computes on all processors. Small ones, whose batches are done within a millisecond, are
// trained quicker one on each: let a search have as many workers as there are processors.
package oracle
