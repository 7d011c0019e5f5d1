//go:build unix

package command

import (
	"os"
	"syscall"
)

// killGroup kills the process group that p leads. There is nothing to do about an error: the group is gone.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }
