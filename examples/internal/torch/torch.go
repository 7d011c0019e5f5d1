// Package torch contains the code shared by the examples that train in PyTorch with
// examples/pytorch/worker.py.
package torch

import (
	"fmt"
	"os"

	"github.com/graphpnas/graphpnas/evaluator/network"
)

// inputs are the data sets whose images and classes are always the same.
var inputs = map[string]network.Input{
	"fashion-mnist": {Channels: 1, Height: 28, Width: 28, Classes: 10},
	"cifar10":       {Channels: 3, Height: 32, Width: 32, Classes: 10},
	"cifar100":      {Channels: 3, Height: 32, Width: 32, Classes: 100},
	"tiny-imagenet": {Channels: 3, Height: 64, Width: 64, Classes: 200},
}

// Input returns the input of networks for a data set of worker.py, given its name there. The classes of a "folder" are
// counted in dir, and its images have size pixels in height and width.
func Input(dataset, dir string, size int) (network.Input, error) {
	if in, ok := inputs[dataset]; ok {
		return in, nil
	}
	if dataset != "folder" {
		return network.Input{}, fmt.Errorf("the data set must be fashion-mnist, cifar10, cifar100, tiny-imagenet or folder, got %q", dataset)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return network.Input{}, err
	}
	classes := 0
	for _, e := range entries {
		if e.IsDir() {
			classes++
		}
	}
	return network.Input{Channels: 3, Height: size, Width: size, Classes: classes}, nil
}
