package dataset

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// OpenTinyImageNet reads Tiny-ImageNet from the directory of its unpacked archive, tiny-imagenet-200: wnids.txt,
// train/<wnid>/images/*.JPEG, val/val_annotations.txt and val/images. Images are 3×64×64 (red, green, blue) with values from 0 to
// 255; gray images have three equal channels. Classes are named by their WordNet ids, in the order of wnids.txt.
//
// Test is the published validation part, because the published test images have no labels.
//
// Images stay in their files and are decoded whenever they are read. Reading an image that is
// damaged or has another size returns an error that names the file. Use [Set.Load] to read a set
// into memory.
//
// Errors of OpenTinyImageNet name the file or directory, and the line of a list. It returns an
// error if the classes have different numbers of training images, because then the archive was not
// unpacked completely.
func OpenTinyImageNet(dir string) (*Dataset, error) {
	path := filepath.Join(dir, "wnids.txt")
	classes, err := readList(path, parseWNIDs)
	if err != nil {
		return nil, err
	}
	labels := map[string]int{}
	for label, wnid := range classes {
		labels[wnid] = label
	}
	train, err := openTinyTrain(filepath.Join(dir, "train"), classes)
	if err != nil {
		return nil, err
	}
	test, err := openTinyVal(filepath.Join(dir, "val"), labels)
	if err != nil {
		return nil, err
	}
	return &Dataset{Name: "Tiny-ImageNet", Classes: classes, Train: train, Test: test}, nil
}

var tinyShape = Shape{3, 64, 64}

// openTinyTrain lists the training images, class by class, sorted by file name.
func openTinyTrain(dir string, classes []string) (*Set, error) {
	var files jpegFiles
	var labels []int
	first := 0 // number of images of the first class
	for label, wnid := range classes {
		folder := filepath.Join(dir, wnid, "images")
		names, err := jpegNames(folder)
		if err != nil {
			return nil, err
		}
		if label == 0 {
			first = len(names)
		}
		if len(names) == 0 || len(names) != first {
			return nil, fmt.Errorf("%s has %d images, but class %s has %d", folder, len(names), classes[0], first)
		}
		for _, name := range names {
			files = append(files, filepath.Join(folder, name))
			labels = append(labels, label)
		}
	}
	return NewLazySet(tinyShape, len(classes), files, labels)
}

// openTinyVal lists the validation images, in the order of their annotations.
func openTinyVal(dir string, classes map[string]int) (*Set, error) {
	path := filepath.Join(dir, "val_annotations.txt")
	list, err := readList(path, func(text string) (annotations, error) { return parseAnnotations(text, classes) })
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(dir, "images")
	names, err := jpegNames(folder)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, name := range names {
		there[name] = true
	}
	var files jpegFiles
	for i, name := range list.names {
		if !there[name] {
			return nil, fmt.Errorf("%s: line %d: %s does not contain image %s: %w", path, i+1, folder, name, fs.ErrNotExist)
		}
		files = append(files, filepath.Join(folder, name))
	}
	if len(names) != len(files) {
		return nil, fmt.Errorf("%s has %d images, but %s lists %d", folder, len(names), path, len(files))
	}
	return NewLazySet(tinyShape, len(classes), files, list.labels)
}

// jpegNames returns the sorted names of the images in a directory.
func jpegNames(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("listing images: %w", err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".JPEG") {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
