//go:build !amd64 || purego

package main

// vectors reports false, because this build has no vector instructions.
const vectors = false
