package gnn

import "math"

// Cosine is a learning rate that rises from zero along a line and then falls to zero along half a cosine (Loshchilov &
// Hutter 2017, arXiv 1608.03983, without restarts), as in the trainings of NAS-Bench-201 and DARTS.
type Cosine struct {
	Peak   float64 // the largest rate
	WarmUp int     // steps of the rise, 0: none
	Steps  int     // in all
}

// At is the rate of a step, which are counted from 0. From step Steps on it is 0.
func (c Cosine) At(step int) float64 {
	switch {
	case step >= c.Steps:
		return 0
	case step < c.WarmUp:
		return c.Peak * float64(step+1) / float64(c.WarmUp+1)
	}
	return c.Peak * (1 + math.Cos(math.Pi*float64(step-c.WarmUp)/float64(c.Steps-c.WarmUp))) / 2
}
