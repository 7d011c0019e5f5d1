//go:build amd64 && !purego

package main

import "golang.org/x/sys/cpu"

// vectors reports whether training uses the vector instructions that the table was made with. AVX2
// and AVX-512 produce the same bits.
var vectors = cpu.X86.HasAVX2 && cpu.X86.HasFMA
