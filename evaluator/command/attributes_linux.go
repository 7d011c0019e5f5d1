package command

import "syscall"

// attributes make the process lead a group of its own, and have the kernel kill it when the thread ends that has started
// it, as all threads do with this program.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
