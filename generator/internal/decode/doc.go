// Package decode holds what models share that make an architecture decision by decision: hypotheses, sampling and beam
// search over them, and the checks of what a Builder offers.
package decode
