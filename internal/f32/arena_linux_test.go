package f32

import (
	"syscall"
	"testing"
	"unsafe"
)

// newArena returns at least n values followed by a page that faults on any access.
func newArena(tb testing.TB, n int) []float32 {
	tb.Helper()
	page := syscall.Getpagesize()
	size := (4*n + page - 1) / page * page
	mem, err := syscall.Mmap(-1, 0, size+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		tb.Fatal(err)
	}
	if err := syscall.Mprotect(mem[size:], syscall.PROT_NONE); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := syscall.Munmap(mem); err != nil {
			tb.Error(err)
		}
	})
	return unsafe.Slice((*float32)(unsafe.Pointer(&mem[0])), size/4)
}
