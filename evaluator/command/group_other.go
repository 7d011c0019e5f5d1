//go:build !unix

package command

import (
	"os"
	"syscall"
)

// killGroup kills the process alone.
func killGroup(p *os.Process) { _ = p.Kill() }

func attributes() *syscall.SysProcAttr { return nil }
