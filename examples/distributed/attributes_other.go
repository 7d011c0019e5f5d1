//go:build !linux

package main

import "syscall"

// attributes returns nil, because there is no portable equivalent: workers also get the signals of
// the terminal.
func attributes() *syscall.SysProcAttr { return nil }
