package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gemmSignature is the signature of a panel kernel, which computes tiles*rows rows of C = alpha*A*B
// + beta*C for the columns of one panel. Strides are in elements.
const gemmSignature = "func(rows, tiles, k int, a *float32, rowA, colA int, b *float32, ldb int, c *float32, ldc int, alpha, beta float32, mask %s)"

// panel describes a panel kernel: the registers that hold a row of the block of C, and the maximum
// number of rows.
type panel struct {
	width   int  // number of columns
	lanes   int  // columns per register: 16, or 8 with half registers
	opmask  bool // the last vector of a row is under an opmask (AVX-512)
	vecmask bool // the last vector of a row is under a vector mask (AVX2)
	maxRows int
}

// emitGemm writes the panel kernels. All loops over rows and over k are in the kernel; the loop
// over panels is in Go.
//
// Processors that split wide operations lose nothing with half registers, so an odd multiple of 8
// columns is best divided into those.
func emitGemm(k *kernel) {
	for _, p := range []panel{
		{width: 8, lanes: 8, maxRows: 12},
		{width: 16, lanes: 16, maxRows: 12},
		{width: 24, lanes: 8, maxRows: 8},
		{width: 32, lanes: 16, maxRows: 12},
		{width: 48, lanes: 16, maxRows: 8},
		{width: 64, lanes: 16, maxRows: 6},
	} {
		p.opmask = true
		k.gemmPanel(&p, fmt.Sprintf("gemmPanel%dAVX512", p.width))
	}
	for _, p := range []panel{
		{width: 8, lanes: 8, maxRows: 8},
		{width: 16, lanes: 8, maxRows: 6},
		{width: 24, lanes: 8, maxRows: 4},
	} {
		k.gemmPanel(&p, fmt.Sprintf("gemmPanel%dAVX2", p.width))
		p.vecmask = true
		k.gemmPanel(&p, fmt.Sprintf("gemmPanel%dMaskedAVX2", p.width))
	}
}

// vectors returns the number of registers for a row.
func (p *panel) vectors() int { return p.width / p.lanes }

// reg returns register i with the width of the panel.
func (p *panel) reg(i int) reg.VecPhysical {
	if p.lanes == 16 {
		return zmm[i]
	}
	return ymm[i]
}

func (p *panel) acc(row, v int) reg.VecPhysical { return p.reg(row*p.vectors() + v) }

func (p *panel) rowOfB(v int) reg.VecPhysical { return p.reg(p.maxRows*p.vectors() + v) }

// temp returns a register that is not used for the block of C or the row of B.
func (p *panel) temp() reg.VecPhysical { return p.reg((p.maxRows + 1) * p.vectors()) }

// at returns vector v of the row that starts at base.
func (p *panel) at(base reg.Register, v int) operand.Mem {
	return operand.Mem{Base: base, Disp: 4 * p.lanes * v}
}

// full reports whether vector v of a row never needs a mask.
func (p *panel) full(v int) bool { return v < p.vectors()-1 || !p.opmask && !p.vecmask }

// gemmRegs are the general registers of a panel kernel.
type gemmRegs struct {
	a, row, row3, row5, col, b, ldb, c, ldc reg.GPVirtual
	mask                                    reg.Register // opmask, or pointer to a vector mask
}

func (k *kernel) gemmPanel(p *panel, name string) {
	mask := "*int32"
	if p.opmask {
		mask = "uint16"
	}
	k.start(name, fmt.Sprintf(gemmSignature, mask),
		fmt.Sprintf("%s computes %d columns of at most %d rows.", name, p.width, p.maxRows))
	r := &gemmRegs{
		a: k.arg("a"), row: k.stride("rowA"), col: k.stride("colA"),
		ldb: k.stride("ldb"), c: k.arg("c"), ldc: k.stride("ldc"),
		b: k.GP64(), row3: k.GP64(), row5: k.GP64(),
	}
	if p.opmask {
		m := k.K()
		k.KMOVW(k.stack("mask"), m)
		r.mask = m
	} else if p.vecmask {
		r.mask = k.arg("mask")
	}
	k.LEAQ(operand.Mem{Base: r.row, Index: r.row, Scale: 2}, r.row3)
	k.LEAQ(operand.Mem{Base: r.row, Index: r.row, Scale: 4}, r.row5)
	rows := k.arg("rows")
	for n := p.maxRows; n >= 1; n-- {
		next := k.label("rows")
		k.CMPQ(rows, operand.Imm(uint64(n)))
		k.JNE(next)
		k.gemmTiles(p, r, n)
		k.VZEROUPPER()
		k.RET()
		k.here(next)
	}
	k.RET()
}

// gemmTiles emits the loop over the blocks of a panel with n rows.
func (k *kernel) gemmTiles(p *panel, r *gemmRegs, n int) {
	tile := k.label("tile")
	k.here(tile)
	k.gemmProduct(p, r, n)
	k.gemmStore(p, r, n)
	down := k.GP64()
	k.IMUL3Q(operand.Imm(uint64(n)), r.row, down)
	k.ADDQ(down, r.a)
	k.DECQ(k.stack("tiles"))
	k.JNZ(tile)
}

// gemmProduct emits the loop over k, which leaves the block of A*B in the accumulators.
func (k *kernel) gemmProduct(p *panel, r *gemmRegs, n int) {
	for i := range n {
		for v := range p.vectors() {
			acc := p.acc(i, v)
			k.zero(acc)
		}
	}
	// Two pointers and the multiples 1 to 5 of the row stride reach 12 rows.
	a := [2]reg.GPVirtual{k.GP64(), k.GP64()}
	k.MOVQ(r.a, a[0])
	if n > 6 {
		k.LEAQ(operand.Mem{Base: r.a, Index: r.row3, Scale: 2}, a[1])
	}
	k.MOVQ(k.stack("b"), r.b)
	count := k.arg("k")
	loop := k.label("loop")
	k.here(loop)
	k.gemmRowOfB(p, r)
	for i := range n {
		k.gemmRank1(p, i, elementOfA(r, a[i/6], i%6))
	}
	k.ADDQ(r.col, a[0])
	if n > 6 {
		k.ADDQ(r.col, a[1])
	}
	k.ADDQ(r.ldb, r.b)
	k.DECQ(count)
	k.JNZ(loop)
}

// elementOfA returns the operand i rows below the pointer a.
func elementOfA(r *gemmRegs, a reg.Register, i int) operand.Mem {
	switch i {
	case 0:
		return operand.Mem{Base: a}
	case 3:
		return operand.Mem{Base: a, Index: r.row3, Scale: 1}
	case 5:
		return operand.Mem{Base: a, Index: r.row5, Scale: 1}
	default:
		return operand.Mem{Base: a, Index: r.row, Scale: uint8(i)}
	}
}

// gemmRowOfB loads the part of a row of B that belongs to the panel.
func (k *kernel) gemmRowOfB(p *panel, r *gemmRegs) {
	for v := range p.vectors() {
		src, dst := p.at(r.b, v), p.rowOfB(v)
		switch {
		case p.full(v):
			k.VMOVUPS(src, dst)
		case p.opmask:
			k.VMOVUPS_Z(src, r.mask, dst)
		default:
			k.VMOVUPS(operand.Mem{Base: r.mask}, p.temp())
			k.VMASKMOVPS(src, p.temp(), dst)
		}
	}
}

// gemmRank1 adds the product of an element of A and the row of B.
func (k *kernel) gemmRank1(p *panel, i int, element operand.Mem) {
	if p.opmask && p.vectors() == 1 {
		k.VFMADD231PS_BCST(element, p.rowOfB(0), p.acc(i, 0))
		return
	}
	k.VBROADCASTSS(element, p.temp())
	for v := range p.vectors() {
		k.VFMADD231PS(p.rowOfB(v), p.temp(), p.acc(i, v))
	}
}

// gemmStore emits C = alpha*acc + beta*C for one block and moves the pointer to C past the block.
func (k *kernel) gemmStore(p *panel, r *gemmRegs, n int) {
	const one = 0x3f800000
	scaled := k.label("scaled")
	k.CMPL(k.stack("alpha"), operand.U32(one))
	k.JEQ(scaled)
	k.VBROADCASTSS(k.stack("alpha"), p.temp())
	for i := range n {
		for v := range p.vectors() {
			k.VMULPS(p.temp(), p.acc(i, v), p.acc(i, v))
		}
	}
	k.here(scaled)
	overwrite, done := k.label("overwrite"), k.label("done")
	bits := k.GP32()
	k.MOVL(k.stack("beta"), bits)
	k.ADDL(bits, bits) // drops the sign of a zero
	k.JZ(overwrite)
	k.VBROADCASTSS(k.stack("beta"), p.temp())
	for i := range n {
		for v := range p.vectors() {
			k.gemmAccumulate(p, r, i, v)
		}
		k.gemmStoreRow(p, r, i)
	}
	k.JMP(done)
	k.here(overwrite)
	for i := range n {
		k.gemmStoreRow(p, r, i)
	}
	k.here(done)
}

// gemmAccumulate adds beta times the vector of C to an accumulator. The row of B is no longer
// needed.
func (k *kernel) gemmAccumulate(p *panel, r *gemmRegs, i, v int) {
	src := p.at(r.c, v)
	switch {
	case p.full(v):
		k.VFMADD231PS(src, p.temp(), p.acc(i, v))
	case p.opmask:
		k.VMOVUPS_Z(src, r.mask, p.rowOfB(v))
		k.VFMADD231PS(p.rowOfB(v), p.temp(), p.acc(i, v))
	default:
		k.VMOVUPS(operand.Mem{Base: r.mask}, p.rowOfB(v))
		k.VMASKMOVPS(src, p.rowOfB(v), p.rowOfB(v))
		k.VFMADD231PS(p.rowOfB(v), p.temp(), p.acc(i, v))
	}
}

func (k *kernel) gemmStoreRow(p *panel, r *gemmRegs, i int) {
	for v := range p.vectors() {
		dst := p.at(r.c, v)
		switch {
		case p.full(v):
			k.VMOVUPS(p.acc(i, v), dst)
		case p.opmask:
			k.VMOVUPS(p.acc(i, v), r.mask, dst)
		default:
			k.VMOVUPS(operand.Mem{Base: r.mask}, p.rowOfB(v))
			k.VMASKMOVPS(p.acc(i, v), p.rowOfB(v), dst)
		}
	}
	k.ADDQ(r.ldc, r.c)
}
