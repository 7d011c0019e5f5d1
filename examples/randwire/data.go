package main

import (
	"context"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
)

// images reads the images and splits them by the seed.
func (o options) images(ctx context.Context, seed uint64) (*oracle.Images, error) {
	data, err := o.dataset()
	if err != nil {
		return nil, err
	}
	valid, train, err := data.Train.Split(seed, o.valid)
	if err != nil {
		return nil, err
	}
	if o.train > 0 && o.train < train.Len() {
		if train, _, err = train.Split(seed, o.train); err != nil {
			return nil, err
		}
	}
	return oracle.NewImages(ctx, train, valid, nil)
}

// datasets are the names of data sets.
var datasets = []string{"digits", "fashion-mnist", "tiny-imagenet"}

// dataset reads the images.
func (o options) dataset() (*dataset.Dataset, error) {
	switch o.data {
	case "fashion-mnist":
		return dataset.OpenFashionMNIST(o.dir)
	case "tiny-imagenet":
		return dataset.OpenTinyImageNet(o.dir)
	}
	return dataset.Digits()
}
