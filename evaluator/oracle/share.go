package oracle

import (
	"cmp"
	"slices"
)

// share returns the numbers of n images at random, in ascending order. They are among those of every larger n, and of every
// class the same share but for rounding: a class of c images has its k-th, in an order drawn for it, at (k+½)/c, and the
// images taken are the first of all. (Shares that are rounded by their largest remainders, as those of dataset.Set.Split,
// may become smaller with a larger n.)
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
