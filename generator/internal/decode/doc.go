// Package decode contains code shared by models that build an architecture decision by decision:
// hypotheses, sampling and beam search over them, and checks of the decisions that a Builder
// offers.
package decode
