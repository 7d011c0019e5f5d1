// Package dataset reads image data sets and streams them in batches, shuffled and augmented, for training.
//
//	data, err := dataset.OpenFashionMNIST("/usr/share/datasets/fashion-mnist")
//	…
//	valid, train, err := data.Train.Split(seed, 10000)
//	…
//	normalization, err := dataset.MeasureNormalization(ctx, train)
//	…
//	stream, err := dataset.NewStream(train, normalization, dataset.StreamConfig{
//		Batch: 32, DropLast: true, Shuffle: true, Seed: seed, Pad: 2, Flip: true,
//	})
//	…
//	for epoch := range epochs {
//		for batch, err := range stream.Epoch(ctx, epoch) {
//			if err != nil {
//				return err
//			}
//			step(batch.Images, batch.Labels) // 32×1×28×28 numbers, 32 labels
//		}
//	}
//
// [Digits] needs no files. The other data sets are read from their published files:
//
//	              images    classes   training      test   files
//	Digits        1×8×8          10      1,797         0   none
//	MNIST         1×28×28        10     60,000    10,000   http://yann.lecun.com/exdb/mnist
//	FashionMNIST  1×28×28        10     60,000    10,000   https://github.com/zalandoresearch/fashion-mnist
//	CIFAR10       3×32×32        10     50,000    10,000   https://www.cs.toronto.edu/~kriz/cifar.html, binary version
//	CIFAR100      3×32×32       100     50,000    10,000   the same
//	TinyImageNet  3×64×64       200    100,000    10,000   http://cs231n.stanford.edu/tiny-imagenet-200.zip
//
// Debian's package dataset-fashion-mnist installs Fashion-MNIST to the directory above. [OpenIDX] reads other images in MNIST's
// format. Use [NewSet] for other images in memory, and [NewLazySet] for other images in files.
//
// # Memory
//
// Images are stored as bytes: CIFAR takes 184 MB, Fashion-MNIST 55 MB. Tiny-ImageNet, which would take 1.4 GB, stays in its files:
// a stream decodes the next images in the background. [Set.Load] loads a part of it into memory. Splits and subsets share the images
// of the original set.
//
// # Invalid files
//
// If a file is damaged or has another format, the error names the file and the image, counted from 0, or the line, counted from 1.
// It wraps fs.ErrNotExist if a file is missing. The readers never allocate memory for data that a header announces but the file
// does not contain, and decompress at most 1 GiB per file.
//
// This package has its own readers because existing ones in Go trust the sizes in headers, download files, or convert to floating
// point.
package dataset
