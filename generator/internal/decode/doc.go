// Package decode holds what models that build an architecture decision by decision have in common:
// hypotheses, sampling and beam search over them, and checks of the decisions that a Builder
// offers.
package decode
