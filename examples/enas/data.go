package main

import (
	"context"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
)

// open reads the images and splits them by the seed. The digits come without test images: a fifth of them become some.
func (o options) open(ctx context.Context, seed uint64) (*oracle.Images, error) {
	data, err := o.dataset()
	if err != nil {
		return nil, err
	}
	test, rest := data.Test, data.Train
	if test.Len() == 0 {
		if test, rest, err = rest.Split(seed, rest.Len()/5); err != nil {
			return nil, err
		}
	}
	valid, train, err := rest.Split(seed, o.valid)
	if err != nil {
		return nil, err
	}
	if n := min(o.train, train.Len()); n != 0 {
		if train, _, err = train.Split(seed, n); err != nil {
			return nil, err
		}
	}
	return oracle.NewImages(ctx, train, valid, test)
}

// images are the names of data sets.
var images = []string{"fashion-mnist", "cifar10", "digits"}

// dataset reads the images.
func (o options) dataset() (*dataset.Dataset, error) {
	switch o.data {
	case "fashion-mnist":
		return dataset.OpenFashionMNIST(o.dir)
	case "cifar10":
		return dataset.OpenCIFAR10(o.dir)
	}
	return dataset.Digits()
}
