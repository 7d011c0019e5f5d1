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
	for _, x := range []struct {
		name, arguments, doc string
		emit                 func(f *function)
	}{
		{"edgeListsAVX512", "(w int, q []float32, ldq int, r []float32, ldr int, from, to, class []int32, values []float32, columns []uint8, counts []int32)",
			"lists the positive values of q[from[e]] - q[to[e]] + r[class[e]] and their columns.", (*function).edgeLists},
		{"rowListsAVX512", "(w int, x []float32, ldx int, values []float32, columns []uint8, counts []int32)",
			"lists the values of each row that are not zero, and their columns.", (*function).rowLists},
		{"gemmListsAVX512", "(stride int, values []float32, columns []uint8, counts []int32, panel []float32, add int, c []float32, ldc int)",
			"multiplies listed rows by a panel, and adds the result to c if add is not 0.", (*function).gemmLists},
	} {
		k.start(x.name, "func"+x.arguments, x.name+" "+x.doc)
		x.emit(&function{kernel: k, avx512: true})
		k.VZEROUPPER()
		k.RET()
	}
}

// lister emits the lists of rows.
type lister struct {
	*function
	w, stride, values, columns reg.GPVirtual
	numbers, step, none        reg.VecVirtual
}

func (f *function) lister() *lister {
	l := &lister{
		function: f, w: f.stride("w"), stride: f.arg("w"), values: f.base("values"), columns: f.base("columns"),
		numbers: f.ZMM(), step: f.ZMM(), none: f.ZMM(),
	}
	f.ADDQ(operand.Imm(listSlack), l.stride)
	f.VMOVDQU32(f.laneNumbers(), l.numbers)
	f.VPBROADCASTD(f.bits(16), l.step)
	f.zero(l.none)
	f.i = f.GP64()
	return l
}

// list lists the values x of a row that satisfy a predicate in comparison with 0, and advances to
// the next row. It returns their number.
func (l *lister) list(predicate uint8, x func(v *vector) reg.VecVirtual) (count reg.GPVirtual) {
	at, count := l.ZMM(), l.GP64()
	l.VMOVDQA32(l.numbers, at)
	l.XORQ(count, count)
	l.XORQ(l.i, l.i)
	loop := l.label("column")
	l.here(loop)
	all := x(&vector{function: l.function, lanes: 16})
	listed, bits := l.K(), l.GP32()
	l.VCMPPS(operand.U8(predicate), l.none, all, listed)
	value, column := l.ZMM(), l.ZMM()
	l.VPCOMPRESSD_Z(all, listed, value)
	l.VPCOMPRESSD_Z(at, listed, column)
	l.VMOVDQU32(value, operand.Mem{Base: l.values, Index: count, Scale: 4})
	l.VPMOVDB(column, operand.Mem{Base: l.columns, Index: count, Scale: 1})
	l.KMOVW(listed, bits)
	l.POPCNTL(bits, bits)
	l.ADDQ(bits.As64(), count)
	l.VPADDD(l.step, at, at)
	l.ADDQ(operand.U32(64), l.i)
	l.CMPQ(l.i, l.w)
	l.JLT(loop)
	l.LEAQ(operand.Mem{Base: l.values, Index: l.w, Scale: 1, Disp: 4 * listSlack}, l.values)
	l.ADDQ(l.stride, l.columns)
	return count
}

// edgeLists writes the lists of one row for each edge.
func (f *function) edgeLists() {
	q, ldq, r, ldr := f.base("q"), f.stride("ldq"), f.base("r"), f.stride("ldr")
	l := f.lister()
	f.edges("from", func(e reg.GPVirtual) {
		tail, head, class := f.row(q, "from", e, ldq), f.row(q, "to", e, ldq), f.row(r, "class", e, ldr)
		count := l.list(notAtMost, func(v *vector) reg.VecVirtual {
			return v.add(v.sub(v.load(tail), v.load(head)), v.load(class))
		})
		counts := f.base("counts")
		f.MOVL(count.As32(), operand.Mem{Base: counts, Index: e, Scale: 4})
	})
}

// rowLists writes the lists of the rows of a matrix.
func (f *function) rowLists() {
	x, ldx, counts, rows := f.base("x"), f.stride("ldx"), f.base("counts"), f.length("counts")
	l := f.lister()
	row := f.label("row")
	f.here(row)
	count := l.list(notEqual, func(v *vector) reg.VecVirtual { return v.load(x) })
	f.MOVL(count.As32(), operand.Mem{Base: counts})
	f.ADDQ(operand.Imm(4), counts)
	f.ADDQ(ldx, x)
	f.DECQ(rows)
	f.JNE(row)
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
	store := f.label("store")
	f.CMPQ(f.stack("add"), operand.Imm(0))
	f.JEQ(store)
	for j, sum := range sums {
		f.VADDPS(operand.Mem{Base: c, Disp: 64 * j}, sum, sum)
	}
	f.here(store)
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
