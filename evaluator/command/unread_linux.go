package command

import (
	"os"

	"golang.org/x/sys/unix"
)

// unread returns the number of bytes in a pipe that have not been read, or -1 if that is unknown.
func unread(pipe *os.File) int {
	n := -1
	c, err := pipe.SyscallConn()
	if err != nil {
		return n
	}
	_ = c.Control(func(fd uintptr) {
		if v, err := unix.IoctlGetInt(int(fd), unix.TIOCINQ); err == nil {
			n = v
		}
	})
	return n
}
