//go:build !linux

package command

import "os"

// unread returns -1: systems other than Linux do not tell the writer of a pipe how much of it was read.
func unread(*os.File) int { return -1 }
