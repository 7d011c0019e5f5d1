// Package torch contains the code shared by the examples that train in PyTorch with
// examples/pytorch/worker.py.
package torch

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/graphpnas/graphpnas/evaluator/network"
)

// inputs are the published data sets. Subsets of them may have fewer classes.
var inputs = map[string]network.Input{
	"fashion-mnist": {Channels: 1, Height: 28, Width: 28, Classes: 10},
	"cifar10":       {Channels: 3, Height: 32, Width: 32, Classes: 10},
	"cifar100":      {Channels: 3, Height: 32, Width: 32, Classes: 100},
	"tiny-imagenet": {Channels: 3, Height: 64, Width: 64, Classes: 200},
}

// Input returns the input of networks for a data set of worker.py, given its name there. The classes of a "folder" are
// counted in dir, and its images have size pixels in height and width. The classes of "tiny-imagenet" are counted too if dir
// has its images.
func Input(dataset, dir string, size int) (network.Input, error) {
	in, known := inputs[dataset]
	switch {
	case dataset == "folder":
		in = network.Input{Channels: 3, Height: size, Width: size}
	case !known:
		return network.Input{}, fmt.Errorf("the data set must be fashion-mnist, cifar10, cifar100, tiny-imagenet or folder, got %q", dataset)
	case dataset == "tiny-imagenet":
		dir = filepath.Join(dir, "train")
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return in, nil
		}
	default:
		return in, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return network.Input{}, err
	}
	in.Classes = 0
	for _, e := range entries {
		if e.IsDir() {
			in.Classes++
		}
	}
	return in, nil
}

// sizes are the numbers of training images in the published data sets.
var sizes = map[string]int{"fashion-mnist": 60_000, "cifar10": 50_000, "tiny-imagenet": 100_000}

// Share returns the numbers "validation" and "fraction" of a budget with which worker.py trains and validates on as many
// images; train may be 0 for all that are not for validation. If dir has only some of the images of CIFAR-10 (binary version) or
// Tiny-ImageNet, they are counted.
func Share(dataset, dir string, train, valid int) (validation, fraction float64, err error) {
	all, ok := sizes[dataset]
	if !ok {
		return 0, 0, errors.New("-worker python and queue need the images fashion-mnist, cifar10 or tiny-imagenet")
	}
	counted, err := count(dataset, dir)
	if err != nil {
		return 0, 0, err
	}
	all = cmp.Or(counted, all)
	switch {
	case valid < 1:
		return 0, 0, fmt.Errorf("at least 1 image must be for validation, got %d", valid)
	case train == 0 && valid == all:
		return 0, 0, fmt.Errorf("%s has %d images, of which %d for validation leave none to train on", dataset, all, valid)
	case train < 0 || train+valid > all:
		return 0, 0, fmt.Errorf("%s has %d images: fewer than the %d for training and %d for validation", dataset, all, train, valid)
	case train == 0:
		train = all - valid
	}
	return float64(valid) / float64(all), float64(train) / float64(all-valid), nil
}

// count returns the number of training images in a directory, 0 if it has none or they are not counted.
func count(dataset, dir string) (n int, err error) {
	files := os.DirFS(dir)
	switch dataset {
	case "tiny-imagenet":
		images, err := fs.Glob(files, "train/*/images/*")
		return len(images), err
	case "cifar10":
		const record = 1 + 3*32*32 // bytes of a label and its image
		for i := 1; i <= 5; i++ {
			batch, err := fs.Stat(files, fmt.Sprintf("data_batch_%d.bin", i))
			if errors.Is(err, fs.ErrNotExist) {
				return 0, nil
			} else if err != nil {
				return 0, err
			}
			n += int(batch.Size() / record)
		}
	}
	return n, nil
}
