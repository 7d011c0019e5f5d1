package dataset

var ReadDigits = readDigits
