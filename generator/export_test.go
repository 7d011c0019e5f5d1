package generator

// NewPartMarginals returns marginals of zero.
var NewPartMarginals = newPartMarginals
