package oracle

var Share = share
