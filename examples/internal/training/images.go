package training

import (
	"context"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
)

// dataSets are the names of data sets.
var dataSets = []string{"digits", "fashion-mnist", "cifar10", "tiny-imagenet"}

// Images reads the images and splits them by the seed. If test is true, it returns test images too. The digits have none of their
// own, so a fifth of them becomes test images.
func (o *Options) Images(ctx context.Context, seed uint64, test bool) (*oracle.Images, error) {
	data, err := o.dataset()
	if err != nil {
		return nil, err
	}
	rest, tests := data.Train, (*dataset.Set)(nil)
	if test {
		if tests = data.Test; tests.Len() == 0 {
			if tests, rest, err = rest.Split(seed, rest.Len()/5); err != nil {
				return nil, err
			}
		}
	}
	valid, train, err := rest.Split(seed, o.Valid)
	if err != nil {
		return nil, err
	}
	if n := min(o.Train, train.Len()); n > 0 {
		if train, _, err = train.Split(seed, n); err != nil {
			return nil, err
		}
	}
	return oracle.NewImages(ctx, train, valid, tests)
}

// dataset reads the images.
func (o *Options) dataset() (*dataset.Dataset, error) {
	switch o.Data {
	case "fashion-mnist":
		return dataset.OpenFashionMNIST(o.Dir)
	case "cifar10":
		return dataset.OpenCIFAR10(o.Dir)
	case "tiny-imagenet":
		return dataset.OpenTinyImageNet(o.Dir)
	}
	return dataset.Digits()
}
