//go:build !linux

package command

import "os"

// unread returns -1, because systems other than Linux do not report to the writer of a pipe how much was
// read.
func unread(*os.File) int { return -1 }
