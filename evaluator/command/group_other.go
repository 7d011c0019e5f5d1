//go:build !unix

package command

import (
	"os"
	"syscall"
)

// killGroup kills only the process itself.
func killGroup(p *os.Process) { _ = p.Kill() }

func attributes() *syscall.SysProcAttr { return nil }
