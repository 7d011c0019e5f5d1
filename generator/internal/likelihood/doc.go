// Package likelihood contains code shared by the losses of models: the terms selected by the
// training options, the contribution of a categorical decision, and the paper's weights.
package likelihood
