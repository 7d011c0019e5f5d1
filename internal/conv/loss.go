package conv

import "math"

// CrossEntropy is the softmax cross-entropy of n rows of logits, with one logit for each class. The
// fraction Smoothing of the target probability is spread evenly over all classes (Szegedy et al.
// 2016, arXiv 1512.00567).
type CrossEntropy struct {
	Classes   int
	Smoothing float64
}

// Loss returns the sum of the losses, and the number of labels with the largest logit of their row;
// ties go to the first.
func (l CrossEntropy) Loss(n int, logits []float32, labels []int) (sum float64, correct int) {
	for i, label := range labels[:n] {
		row := logits[i*l.Classes : (i+1)*l.Classes]
		best, total, mean := l.normalizer(row)
		sum += total - (1-l.Smoothing)*float64(row[label]) - l.Smoothing*mean
		if best == label {
			correct++
		}
	}
	return sum, correct
}

// normalizer returns the index of the largest logit, the logarithm of the sum of exponentials, and
// the mean.
func (l CrossEntropy) normalizer(row []float32) (best int, total, mean float64) {
	for j, v := range row {
		if v > row[best] {
			best = j
		}
		mean += float64(v)
	}
	for _, v := range row {
		total += math.Exp(float64(v) - float64(row[best]))
	}
	return best, math.Log(total) + float64(row[best]), mean / float64(len(row))
}

// Grad computes the gradient of weight times the sum of the losses.
func (l CrossEntropy) Grad(n int, logits []float32, labels []int, weight float64, dlogits []float32) {
	for i, label := range labels[:n] {
		row, d := logits[i*l.Classes:(i+1)*l.Classes], dlogits[i*l.Classes:(i+1)*l.Classes]
		_, total, _ := l.normalizer(row)
		for j, v := range row {
			target := l.Smoothing / float64(l.Classes)
			if j == label {
				target += 1 - l.Smoothing
			}
			d[j] = float32(weight * (math.Exp(float64(v)-total) - target))
		}
	}
}
