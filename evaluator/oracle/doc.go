// Package oracle implements an evaluator that trains each architecture from scratch and returns its validation accuracy.
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
// A [Recipe] contains the hyperparameters of the training. Its Epochs and Fraction determine the cost; the zero Recipe is
// NAS-Bench-201's short training. The result of an evaluation is the validation accuracy in percent, with further metrics and
// the time that the training took. A training run that diverges also gives a result, with the accuracy of random guessing.
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
// Save and Load write and read the state of a training run. A [Checkpoint] saves it in a file while it runs, so that a killed
// training continues and ends with the same weights. Classifier returns the trained network for network.Save, so that other
// programs can classify images with it.
//
// # Comparing networks early
//
// Methods with budgets, such as baseline.ASHA and bayes.Screened, compare networks that have been trained for only some of the
// epochs. The learning rate is still high then, and the accuracy of Training.Measure goes up and down by many percentage points from
// one epoch to the next. An Oracle therefore measures smaller budgets with [Training.Preview], which averages the weights. With 200
// cells of NAS-Bench-201 on digits, the accuracies of Preview after 3 of 9 epochs have a rank correlation of 0.68 with those at the
// end, and those of Measure 0.37.
//
// # Reproducibility
//
// On one kind of processor, the plan, the images, the recipe and the seed determine the weights exactly, for any GOMAXPROCS and
// whatever else is running. All amd64 processors with AVX2 count as one kind; others may round differently. All architectures
// see the same images in the same order.
//
// # Parallelism
//
// A single training run uses all processors. Small networks, whose batches take less than a
// millisecond, train faster one per processor: give the search as many workers as there are
// processors.
package oracle
