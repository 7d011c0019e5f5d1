// Package dataset reads the images that networks are trained on, and streams them in batches.
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
// [Digits] needs no files. The others are read as they are published:
//
//	              images    classes   training      test   files
//	Digits        1×8×8          10      1,797         0   none
//	MNIST         1×28×28        10     60,000    10,000   http://yann.lecun.com/exdb/mnist
//	FashionMNIST  1×28×28        10     60,000    10,000   https://github.com/zalandoresearch/fashion-mnist
//	CIFAR10       3×32×32        10     50,000    10,000   https://www.cs.toronto.edu/~kriz/cifar.html, binary version
//	CIFAR100      3×32×32       100     50,000    10,000   the same
//	TinyImageNet  3×64×64       200    100,000    10,000   http://cs231n.stanford.edu/tiny-imagenet-200.zip
//
// Debian has Fashion-MNIST in a package, dataset-fashion-mnist, which installs it to the folder above. [OpenIDX] reads
// other images in MNIST's format. What else there is in memory or in files becomes a [Set] by [NewSet] or [NewLazySet].
//
// # Memory
//
// Images are kept as bytes, as they are published: CIFAR takes 184 MB, Fashion-MNIST 55 MB. Tiny-ImageNet would take 1.4 GB,
// and stays in its files: a stream decodes what it needs next in the background. [Set.Load] takes a part of it into memory.
// Splits and subsets share the images.
//
// # Bad files
//
// What is damaged or is something else is an error that names the file, and in it the image, counted from 0, or the line,
// from 1. It wraps fs.ErrNotExist where a file is missing. What a file says of its contents costs no memory before they
// are there, and a compressed file unpacks to 1 GiB at most.
//
// The readers are our own because those that Go has believe what a header says, or download, or read into floating point.
package dataset
