package dataset

var ReadIDX = readIDX
