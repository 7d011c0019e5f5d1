package command

import (
	"os"

	"golang.org/x/sys/unix"
)

// unread returns how many bytes that were written to a pipe nobody has read, or -1 if that is not known.
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
