//go:build unix && !linux

package command

import "syscall"

// attributes make the process lead a group of its own.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
