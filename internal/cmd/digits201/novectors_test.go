//go:build !amd64 || purego

package main

// vectors is as for processors that have them.
const vectors = false
