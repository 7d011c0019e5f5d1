package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// emitTranspose writes the transposition of whole 8×8 blocks. Wider registers would not help,
// because loads and stores dominate.
func emitTranspose(k *kernel) {
	k.start("transposeBlocksAVX2", "func(m, n int, src *float32, lds int, dst *float32, ldd int)",
		"transposeBlocksAVX2 transposes an m×n matrix; m and n are multiples of 8.")
	src, dst := k.arg("src"), k.arg("dst")
	lds, ldd := k.stride("lds"), k.stride("ldd")
	lds3, ldd3 := k.GP64(), k.GP64()
	k.LEAQ(operand.Mem{Base: lds, Index: lds, Scale: 2}, lds3)
	k.LEAQ(operand.Mem{Base: ldd, Index: ldd, Scale: 2}, ldd3)
	m, n := k.arg("m"), k.GP64()
	s, d := k.GP64(), k.GP64()
	strip, pair, single, next := k.label("strip"), k.label("pair"), k.label("single"), k.label("next")

	// Two vertically adjacent blocks fill whole cache lines of dst.
	k.here(strip)
	k.MOVQ(src, s)
	k.MOVQ(dst, d)
	k.MOVQ(k.stack("n"), n)
	k.CMPQ(m, operand.Imm(8))
	k.JEQ(single)
	k.here(pair)
	below := k.GP64()
	k.LEAQ(operand.Mem{Base: s, Index: lds, Scale: 8}, below)
	k.transposeBlock(s, lds, lds3, d, ldd, ldd3, 0)
	k.transposeBlock(below, lds, lds3, d, ldd, ldd3, 32)
	k.ADDQ(operand.Imm(32), s)
	k.LEAQ(operand.Mem{Base: d, Index: ldd, Scale: 8}, d)
	k.SUBQ(operand.Imm(8), n)
	k.JNE(pair)
	k.LEAQ(operand.Mem{Base: src, Index: lds, Scale: 8}, src)
	k.LEAQ(operand.Mem{Base: src, Index: lds, Scale: 8}, src)
	k.ADDQ(operand.Imm(64), dst)
	k.SUBQ(operand.Imm(16), m)
	k.JNE(strip)
	k.JMP(next)

	k.here(single)
	k.transposeBlock(s, lds, lds3, d, ldd, ldd3, 0)
	k.ADDQ(operand.Imm(32), s)
	k.LEAQ(operand.Mem{Base: d, Index: ldd, Scale: 8}, d)
	k.SUBQ(operand.Imm(8), n)
	k.JNE(single)
	k.here(next)
	k.VZEROUPPER()
	k.RET()
}

// transposeBlock transposes one block. Each register is loaded from two rows that are 4 apart, so
// that no later step has to cross the halves of a register.
func (k *kernel) transposeBlock(s, lds, lds3, d, ldd, ldd3 reg.GPVirtual, disp int) {
	row := func(base, half, stride, stride3 reg.GPVirtual, i int) operand.Mem {
		if i >= 4 {
			base = half
		}
		switch i % 4 {
		case 0:
			return operand.Mem{Base: base}
		case 3:
			return operand.Mem{Base: base, Index: stride3, Scale: 1}
		default:
			return operand.Mem{Base: base, Index: stride, Scale: uint8(i % 4)}
		}
	}
	s4, d4 := k.GP64(), k.GP64()
	k.LEAQ(operand.Mem{Base: s, Index: lds, Scale: 4}, s4)
	k.LEAQ(operand.Mem{Base: d, Index: ldd, Scale: 4}, d4)
	for side := range 2 { // the left and the right 4 columns of the block
		a, b := ymm[:4], ymm[4:8]
		for i := range a {
			k.VMOVUPS(row(s, s4, lds, lds3, i).Offset(16*side), a[i].AsX())
			k.VINSERTF128(operand.Imm(1), row(s, s4, lds, lds3, i+4).Offset(16*side), a[i], a[i])
		}
		k.VUNPCKLPS(a[1], a[0], b[0])
		k.VUNPCKHPS(a[1], a[0], b[1])
		k.VUNPCKLPS(a[3], a[2], b[2])
		k.VUNPCKHPS(a[3], a[2], b[3])
		for i := range 4 {
			low, high := b[i/2], b[i/2+2]
			k.VSHUFPS(operand.U8(0x44+0xaa*uint8(i%2)), high, low, a[0])
			k.VMOVUPS(a[0], row(d, d4, ldd, ldd3, 4*side+i).Offset(disp))
		}
	}
}
