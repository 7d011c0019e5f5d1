package main

import (
	"fmt"
	"math"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/searchspace"
)

// This file stands in for your own training code. It uses only the architecture's graph and some of the library's images.

// picture is a square gray image.
type picture struct {
	size   int
	pixels []float64
}

// at returns a pixel, or zero outside of the image.
func (p picture) at(x, y int) float64 {
	if x < 0 || y < 0 || x >= p.size || y >= p.size {
		return 0
	}
	return p.pixels[y*p.size+x]
}

// filter applies an operation to an image.
func filter(op string, in picture) (picture, error) {
	out, stride := picture{size: in.size}, 1
	if op == "halve" {
		if in.size < 8 {
			return out, fmt.Errorf("an image of %d×%d pixels is too small to halve", in.size, in.size)
		}
		out.size, stride = in.size/2, 2
	}
	for y := range out.size {
		for x := range out.size {
			at := func(dx, dy int) float64 { return in.at(stride*x+dx, stride*y+dy) }
			var value float64
			switch op {
			case "blur":
				value = (at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4
			case "halve":
				value = max(at(0, 0), at(1, 0), at(0, 1), at(1, 1))
			case "horizontal":
				value = at(1, 0) - at(-1, 0)
			case "vertical":
				value = at(0, 1) - at(0, -1)
			case "positive":
				value = max(0, at(0, 0))
			case "negative":
				value = max(0, -at(0, 0))
			}
			out.pixels = append(out.pixels, value)
		}
	}
	return out, nil
}

// features filters an image by each node of a tree. The pixels of all nodes that no other node reads are the features.
func features(tree searchspace.DAG, image picture) ([]float64, error) {
	made := make([]picture, tree.Len())
	read := make([]bool, tree.Len())
	for i := range made {
		in := image
		for from := range i {
			if tree.HasEdge(from, i) {
				in, read[from] = made[from], true
			}
		}
		var err error
		if made[i], err = filter(tree.NodeOp(i), in); err != nil {
			return nil, err
		}
	}
	var all []float64
	for i, p := range made {
		if !read[i] {
			all = append(all, p.pixels...)
		}
	}
	return all, nil
}

// train computes the mean features of each class, and returns the percentage of other images that are nearest to the mean of
// their own class, and the number of features.
func train(tree searchspace.DAG, images, others *dataset.Set) (accuracy float64, size int, err error) {
	means, counts := make([][]float64, images.Classes()), images.Counts()
	for image, label := range pictures(images) {
		f, err := features(tree, image)
		if err != nil {
			return 0, 0, err
		}
		if means[label] == nil {
			means[label] = make([]float64, len(f))
		}
		for i, v := range f {
			means[label][i] += v / float64(counts[label])
		}
	}
	for image, label := range pictures(others) {
		f, err := features(tree, image)
		if err != nil {
			return 0, 0, err
		}
		nearest, shortest := 0, math.Inf(1)
		for class, mean := range means {
			distance := 0.0
			for i, v := range f {
				distance += (v - mean[i]) * (v - mean[i])
			}
			if distance < shortest {
				nearest, shortest = class, distance
			}
		}
		if size = len(f); nearest == label {
			accuracy += 100 / float64(others.Len())
		}
	}
	return accuracy, size, nil
}

// pictures iterates over images and their labels.
func pictures(set *dataset.Set) func(yield func(picture, int) bool) {
	return func(yield func(picture, int) bool) {
		shape, labels := set.Shape(), set.Labels()
		pixels := make([]uint8, shape.Size())
		for i := range labels {
			if set.Read(i, pixels) != nil {
				return // the bundled digits are in memory and cannot fail
			}
			p := picture{size: shape.Width}
			for _, v := range pixels {
				p.pixels = append(p.pixels, float64(v))
			}
			if !yield(p, labels[i]) {
				return
			}
		}
	}
}
