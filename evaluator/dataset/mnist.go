package dataset

import "slices"

// OpenMNIST reads MNIST (LeCun, Cortes, Burges 1998), or a drop-in replacement such as Kuzushiji-MNIST, from a directory with the
// files train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte. Each file may be
// compressed with the suffix .gz. Images are 1×28×28 with values from 0 to 255, in 10 classes. Errors name the file.
func OpenMNIST(dir string) (*Dataset, error) { return openMNIST(dir, "MNIST", digitNames) }

// OpenFashionMNIST reads Fashion-MNIST (Xiao, Rasul, Vollgraf 2017, arXiv 1708.07747), which has the same files as MNIST; see
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

// fashionNames are the names of the classes in the README of Fashion-MNIST, in the order of their labels.
var fashionNames = []string{
	"T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
}
