// Package likelihood holds what the losses of models have in common: the terms selected by the
// training options, the contribution of a categorical decision, and the paper's weights.
package likelihood
