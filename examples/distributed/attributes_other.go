//go:build !linux

package main

import "syscall"

// attributes has no portable equivalent: workers get the signals of the terminal, too.
func attributes() *syscall.SysProcAttr { return nil }
