package searchspace

// NewUnprobed is New for spaces that may have dead ends.
var NewUnprobed = newSequential

// Contains is the fast check of Validate.
var Contains = (*Sequential).contains
