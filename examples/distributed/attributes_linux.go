package main

import "syscall"

// attributes puts a process into its own group, which does not get the signals of the terminal, and ends it if this program
// is killed.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
}
