package oracle

import (
	"cmp"
	"slices"
)

// share returns the indices of n random images in ascending order. The images of a smaller n are a subset of those of a larger one,
// and every class has the same share up to rounding: the images of each class are shuffled, the k-th of c images in a class gets the
// rank (k+½)/c, and the n images with the lowest ranks are chosen. (dataset.Set.Split rounds by largest remainders, where a class may
// lose images as n grows.)
func share(labels []int, n int) []int {
	type image struct{ number, label, k int }
	images, counts := make([]image, len(labels)), map[int]int{}
	for place, number := range domain.Stream(0, 0, forShare).Perm(len(labels)) {
		label := labels[number]
		images[place] = image{number, label, counts[label]}
		counts[label]++
	}
	slices.SortFunc(images, func(a, b image) int {
		return cmp.Or(cmp.Compare((2*a.k+1)*counts[b.label], (2*b.k+1)*counts[a.label]), cmp.Compare(a.label, b.label))
	})
	chosen := make([]int, n)
	for i := range chosen {
		chosen[i] = images[i].number
	}
	slices.Sort(chosen)
	return chosen
}
