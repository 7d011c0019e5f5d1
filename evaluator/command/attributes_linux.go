package command

import "syscall"

// attributes make the process lead a group of its own, and make the kernel kill it when the thread that started it ends, as
// all threads do when this program dies.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
