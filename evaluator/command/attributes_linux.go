package command

import "syscall"

// attributes makes the process lead its own process group, and makes the kernel kill it when the thread that started it ends,
// which happens at the latest when this program exits.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
