package searchspace

// NewUnprobed is New for spaces that may have dead ends.
var NewUnprobed = newSequential

// Contains is what Validate asks first.
var Contains = (*Sequential).contains
