package generator

// NewPartMarginals returns zero marginals.
var NewPartMarginals = newPartMarginals
