package dataset

import "slices"

// OpenMNIST reads MNIST (LeCun, Cortes, Burges 1998), or data in its place such as Kuzushiji-MNIST, from a folder with
// train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each of which may be
// compressed and then ends in .gz. Images are of 1×28×28, with values from 0 to 255, and classes are 10. An error names
// the file.
func OpenMNIST(dir string) (*Dataset, error) { return openMNIST(dir, "MNIST", digitNames) }

// OpenFashionMNIST reads Fashion-MNIST (Xiao, Rasul, Vollgraf 2017, arXiv 1708.07747), which has the form of MNIST, see
// [OpenMNIST].
func OpenFashionMNIST(dir string) (*Dataset, error) {
	return openMNIST(dir, "Fashion-MNIST", fashionNames)
}

func openMNIST(dir, name string, classes []string) (*Dataset, error) {
	train, err := openMNISTPart(dir, "train", len(classes))
	if err != nil {
		return nil, err
	}
	test, err := openMNISTPart(dir, "t10k", len(classes))
	if err != nil {
		return nil, err
	}
	return &Dataset{Name: name, Classes: slices.Clone(classes), Train: train, Test: test}, nil
}

func openMNISTPart(dir, part string, classes int) (*Set, error) {
	images, err := openEither(dir, part+"-images-idx3-ubyte")
	if err != nil {
		return nil, err
	}
	defer images.Close()
	labels, err := openEither(dir, part+"-labels-idx1-ubyte")
	if err != nil {
		return nil, err
	}
	defer labels.Close()
	return readIDXFiles(images, labels, classes, &Shape{1, 28, 28})
}

// fashionNames are those that the README of Fashion-MNIST has, in the order of their labels.
var fashionNames = []string{
	"T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
}
