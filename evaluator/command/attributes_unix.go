//go:build unix && !linux

package command

import "syscall"

// attributes makes the process lead its own process group.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
