package main

import "syscall"

// attributes puts a process into a group of its own, which does not get the signals of the terminal, and has it ended if this
// program is killed.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
}
