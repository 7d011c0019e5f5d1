package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// listPanel is the number of columns of a product by lists.
const listPanel = 64

// listSlack is the number of elements between the lists of two rows: whole vectors are stored, of
// which only the first lanes count.
const listSlack = 16

// emitSparse writes the product of rows with many zeros. Only AVX-512 can compress vectors.
func emitSparse(k *kernel) {
	k.start("edgeListsAVX512", "func(w int, q []float32, ldq int, r []float32, ldr int, from, to, class []int32, values []float32, columns []uint8, counts []int32)",
		"edgeListsAVX512 lists the positive values of q[from[e]] - q[to[e]] + r[class[e]] and their columns.")
	(&function{kernel: k, avx512: true}).edgeLists()
	k.VZEROUPPER()
	k.RET()
	k.start("gemmListsAVX512", "func(stride int, values []float32, columns []uint8, counts []int32, panel []float32, c []float32, ldc int)",
		"gemmListsAVX512 multiplies listed rows by a panel.")
	(&function{kernel: k, avx512: true}).gemmLists()
	k.VZEROUPPER()
	k.RET()
}

// edgeLists writes the lists of one row for each edge.
func (f *function) edgeLists() {
	q, ldq, r, ldr := f.base("q"), f.stride("ldq"), f.base("r"), f.stride("ldr")
	values, columns := f.base("values"), f.base("columns")
	stride := f.arg("w")
	f.ADDQ(operand.Imm(listSlack), stride)
	w, i := f.stride("w"), f.GP64()
	first, step := f.ZMM(), f.ZMM()
	f.VMOVDQU32(f.laneNumbers(), first)
	f.VPBROADCASTD(f.bits(16), step)
	none := f.ZMM()
	f.zero(none)
	f.edges("from", func(e reg.GPVirtual) {
		tail, head, class := f.row(q, "from", e, ldq), f.row(q, "to", e, ldq), f.row(r, "class", e, ldr)
		at, count := f.ZMM(), f.GP64()
		f.VMOVDQA32(first, at)
		f.XORQ(count, count)
		f.XORQ(i, i)
		loop := f.label("column")
		f.here(loop)
		v := &vector{function: &function{kernel: f.kernel, avx512: true, i: i}, lanes: 16}
		x := v.add(v.sub(v.load(tail), v.load(head)), v.load(class))
		positive, bits := f.K(), f.GP32()
		f.VCMPPS(operand.U8(notAtMost), none, x, positive)
		value, column := f.ZMM(), f.ZMM()
		f.VPCOMPRESSD_Z(x, positive, value)
		f.VPCOMPRESSD_Z(at, positive, column)
		f.VMOVDQU32(value, operand.Mem{Base: values, Index: count, Scale: 4})
		f.VPMOVDB(column, operand.Mem{Base: columns, Index: count, Scale: 1})
		f.KMOVW(positive, bits)
		f.POPCNTL(bits, bits)
		f.ADDQ(bits.As64(), count)
		f.VPADDD(step, at, at)
		f.ADDQ(operand.U32(64), i)
		f.CMPQ(i, w)
		f.JLT(loop)
		counts := f.base("counts")
		f.MOVL(count.As32(), operand.Mem{Base: counts, Index: e, Scale: 4})
		f.LEAQ(operand.Mem{Base: values, Index: w, Scale: 1, Disp: 4 * listSlack}, values)
		f.ADDQ(stride, columns)
	})
}

// gemmLists writes the columns of the panel, row by row.
func (f *function) gemmLists() {
	stride, values, columns, counts := f.arg("stride"), f.base("values"), f.base("columns"), f.base("counts")
	panel, c, ldc, rows := f.base("panel"), f.base("c"), f.stride("ldc"), f.length("counts")
	sums := [listPanel / 16]reg.VecVirtual{}
	for j := range sums {
		sums[j] = f.ZMM()
	}
	row, element, done := f.label("row"), f.label("element"), f.label("done")
	f.here(row)
	for _, sum := range sums {
		f.zero(sum)
	}
	count, i := f.GP64(), f.GP64()
	f.MOVLQSX(operand.Mem{Base: counts}, count)
	f.XORQ(i, i)
	f.CMPQ(i, count)
	f.JGE(done)
	f.here(element)
	offset, value := f.GP64(), f.ZMM()
	f.MOVBQZX(operand.Mem{Base: columns, Index: i, Scale: 1}, offset)
	f.SHLQ(operand.U8(8), offset) // the size of a row of the panel
	f.VBROADCASTSS(operand.Mem{Base: values, Index: i, Scale: 4}, value)
	for j, sum := range sums {
		f.VFMADD231PS(operand.Mem{Base: panel, Index: offset, Scale: 1, Disp: 64 * j}, value, sum)
	}
	f.INCQ(i)
	f.CMPQ(i, count)
	f.JLT(element)
	f.here(done)
	for j, sum := range sums {
		f.VMOVUPS(sum, operand.Mem{Base: c, Disp: 64 * j})
	}
	f.ADDQ(operand.Imm(4), counts)
	f.LEAQ(operand.Mem{Base: values, Index: stride, Scale: 4}, values)
	f.ADDQ(stride, columns)
	f.ADDQ(ldc, c)
	f.DECQ(rows)
	f.JNE(row)
}
