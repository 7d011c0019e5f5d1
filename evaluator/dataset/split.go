package dataset

import (
	"cmp"
	"fmt"
	"slices"
)

// Split divides the set at random into a part of n images and the rest, for example into validation and training images. The split
// is stratified: the part contains the fraction n/Len() of each class, rounded so that it has n images in total. Both sets keep the
// order of s. The same seed gives the same split on every machine.
//
// For a fraction f, pass int(f * float64(s.Len())). For more than two sets, split the rest again.
func (s *Set) Split(seed uint64, n int) (part, rest *Set, err error) {
	if n < 0 || n > s.Len() {
		return nil, nil, fmt.Errorf("the part of a split of %d images must have from 0 to %[1]d images, got %d", s.Len(), n)
	}
	rng := domain.Stream(seed, 0, forSplit)
	members := make([][]int, s.classes)
	for i, label := range s.labels {
		members[label] = append(members[label], i)
	}
	inPart := make([]bool, s.Len())
	for class, share := range shares(s.Counts(), n) {
		images := members[class]
		rng.Shuffle(len(images), func(i, j int) { images[i], images[j] = images[j], images[i] })
		for _, i := range images[:share] {
			inPart[i] = true
		}
	}
	var chosen, others []int
	for i, in := range inPart {
		if in {
			chosen = append(chosen, i)
		} else {
			others = append(others, i)
		}
	}
	return s.take(chosen), s.take(others), nil
}

// shares divides n in proportion to the counts. n must be at most their sum. Each share is rounded down; then those with the largest
// remainders, the first ones if equal, are rounded up until the sum is n.
func shares(counts []int, n int) []int {
	total := 0
	for _, count := range counts {
		total += count
	}
	shares := make([]int, len(counts))
	if total == 0 {
		return shares
	}
	remainders := make([]int, len(counts))
	classes := make([]int, len(counts))
	left := n
	for c, count := range counts {
		shares[c], remainders[c], classes[c] = n*count/total, n*count%total, c
		left -= shares[c]
	}
	slices.SortStableFunc(classes, func(a, b int) int { return cmp.Compare(remainders[b], remainders[a]) })
	for _, c := range classes[:left] {
		shares[c]++
	}
	return shares
}
