package gnn

import "math"

// Cosine is a learning rate schedule that rises linearly to its peak and then falls to zero
// along half a cosine (Loshchilov & Hutter 2017, arXiv 1608.03983, without restarts), as in the training
// recipes of NAS-Bench-201 and DARTS.
type Cosine struct {
	Peak   float64 // largest rate
	WarmUp int     // number of steps of the rise; 0 means none
	Steps  int     // total number of steps
}

// At returns the rate of a step, counted from 0. During the warm-up it is
// Peak·(step+1)/(WarmUp+1). From step Steps on, it is 0.
func (c Cosine) At(step int) float64 {
	switch {
	case step >= c.Steps:
		return 0
	case step < c.WarmUp:
		return c.Peak * float64(step+1) / float64(c.WarmUp+1)
	}
	return c.Peak * (1 + math.Cos(math.Pi*float64(step-c.WarmUp)/float64(c.Steps-c.WarmUp))) / 2
}
