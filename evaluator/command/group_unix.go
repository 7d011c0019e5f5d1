//go:build unix

package command

import (
	"os"
	"syscall"
)

// killGroup kills the process group that p leads. It ignores the error, which only means that the group has already ended.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }
