package neon

import "fmt"

// gemmArguments are the arguments of a panel kernel, which computes tiles*rows rows of C =
// alpha*A*B + beta*C for the columns of one panel. Strides are in elements.
const gemmArguments = "(rows, tiles, k int, a *float32, rowA, colA int, b *float32, ldb int, c *float32, ldc int, alpha, beta float32)"

// panel describes a panel kernel: the number of columns that it computes, the number of registers
// that hold a row of them, and the maximum number of rows. If there are 1 to 3 columns, the upper
// lanes of the only register are unused.
type panel struct{ width, vectors, maxRows int }

// emitGemm writes the panel kernels, which contain all loops over rows and over k. The loops over
// panels are in Go.
func emitGemm(o *file) {
	for _, p := range []panel{{16, 4, 6}, {8, 2, 8}, {4, 1, 8}, {3, 1, 8}, {2, 1, 8}, {1, 1, 8}} {
		doc := fmt.Sprintf("computes %d columns of at most %d rows.", p.width, p.maxRows)
		o.function(fmt.Sprintf("gemmPanel%d", p.width), gemmArguments, doc, (&gemm{panel: p}).emit)
	}
}

// gemm is a panel kernel under construction. The block of C is in the lowest vector registers,
// followed by a row of B and four elements of A.
type gemm struct {
	panel
	*function
	a, rowA, colA, b, ldb, c, ldc general
	offsets                       [8]general // of the rows of A after the first
	element, row, left, temporary general
}

func (g *gemm) acc(row, v int) vec { return vec(row*g.vectors + v) }
func (g *gemm) rowOfB(v int) vec   { return vec(g.maxRows*g.vectors + v) }
func (g *gemm) ofA(row int) vec    { return vec((g.maxRows+1)*g.vectors + row%4) }

func (g *gemm) emit(f *function) {
	g.function = f
	g.a, g.rowA, g.colA = f.arg("a"), f.stride("rowA"), f.stride("colA")
	g.b, g.ldb, g.c, g.ldc = f.arg("b"), f.stride("ldb"), f.arg("c"), f.stride("ldc")
	g.element, g.row, g.left, g.temporary = f.general(), f.general(), f.general(), f.general()
	g.offsets[1] = g.rowA
	for i := 2; i < g.maxRows; i++ {
		g.offsets[i] = f.general()
		f.instruction("ADD %v, %v, %v", g.rowA, g.offsets[i-1], g.offsets[i])
	}
	rows, tiles := f.arg("rows"), f.arg("tiles")
	for n := g.maxRows; n >= 1; n-- {
		next := f.label("rows")
		f.instruction("CMP $%d, %v", n, rows)
		f.instruction("BNE %s", next)
		f.count(tiles, func() {
			g.product(n)
			g.storeTile(n)
			g.nextTile(n)
		})
		f.instruction("RET")
		f.here(next)
	}
}

// nextTile moves the pointer to A past n rows.
func (g *gemm) nextTile(n int) {
	g.instruction("MOVD $%d, %v", n, g.temporary)
	g.instruction("MADD %v, %v, %v, %v", g.temporary, g.a, g.rowA, g.a)
}

// product emits the loop over k, which leaves the block of A*B in the accumulators.
func (g *gemm) product(n int) {
	for i := range n {
		for v := range g.vectors {
			g.clear(g.acc(i, v))
		}
	}
	g.instruction("MOVD %v, %v", g.a, g.element)
	g.instruction("MOVD %v, %v", g.b, g.row)
	g.instruction("MOVD %s, %v", g.address(g.signature.Params().Lookup("k")), g.left)
	g.count(g.left, func() {
		g.move(true, g.row, g.rowOfB(0))
		for i := range n {
			if i == 0 {
				g.instruction("FMOVS (%v), %s", g.element, g.ofA(0).float())
			} else {
				g.instruction("FMOVS (%v)(%v), %s", g.element, g.offsets[i], g.ofA(i).float())
			}
			for v := range g.vectors {
				g.intoElement(g.acc(i, v), fmla, g.rowOfB(v), g.ofA(i), 0)
			}
		}
		g.advance(g.colA, g.element)
		g.advance(g.ldb, g.row)
	})
}

// storeTile emits C = alpha*acc + beta*C for one block and moves the pointer to C past it.
func (g *gemm) storeTile(n int) {
	factor := g.ofA(0)
	g.instruction("FMOVS %s, %s", g.address(g.signature.Params().Lookup("alpha")), factor.float())
	for i := range n {
		for v := range g.vectors {
			g.intoElement(g.acc(i, v), fmul, g.acc(i, v), factor, 0)
		}
	}
	overwrite, done := g.label("overwrite"), g.label("stored")
	g.instruction("FMOVS %s, %s", g.address(g.signature.Params().Lookup("beta")), factor.float())
	g.instruction("FCMPS $(0.0), %s", factor.float())
	g.instruction("BEQ %s", overwrite)
	for i := range n {
		g.move(true, g.c, g.rowOfB(0))
		for v := range g.vectors {
			g.intoElement(g.acc(i, v), fmla, g.rowOfB(v), factor, 0)
		}
		g.move(false, g.c, g.acc(i, 0))
		g.advance(g.ldc, g.c)
	}
	g.instruction("B %s", done)
	g.here(overwrite)
	for i := range n {
		g.move(false, g.c, g.acc(i, 0))
		g.advance(g.ldc, g.c)
	}
	g.here(done)
}

// move loads or stores the columns of the panel, which are in consecutive registers, starting at
// first.
func (g *gemm) move(load bool, at general, first vec) {
	emit := func(op, registers string, offset int) {
		if load {
			g.instruction("%s %d(%v), %s", op, offset, at, registers)
		} else {
			g.instruction("%s %s, %d(%v)", op, registers, offset, at)
		}
	}
	pair := map[bool]string{true: "FLDPQ", false: "FSTPQ"}[load]
	switch g.width {
	case 1:
		emit("FMOVS", first.float(), 0)
	case 2:
		emit("FMOVD", first.float(), 0)
	case 3:
		emit("FMOVD", first.float(), 0)
		g.instruction("ADD $8, %v, %v", at, g.temporary)
		lane := fmt.Sprintf("V%d.S[2]", first)
		if load {
			g.instruction("VLD1 (%v), %s", g.temporary, lane)
		} else {
			g.instruction("VST1 %s, (%v)", lane, g.temporary)
		}
	case 4:
		emit("FMOVQ", first.float(), 0)
	default:
		for v := 0; v < g.vectors; v += 2 {
			emit(pair, fmt.Sprintf("(%s, %s)", (first+vec(v)).float(), (first+vec(v)+1).float()), 16*v)
		}
	}
}
