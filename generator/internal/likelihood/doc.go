// Package likelihood holds what models share of their losses: which terms the options of a training ask for, how a
// categorical decision enters the loss, and the paper's weights.
package likelihood
