package neon

import "math"

// vector emits instructions on vectors of 4 lanes. The last elements of a row use the same
// instructions one at a time, in the lowest lane, so that their results do not depend on where a
// row is cut.
type vector struct {
	*function
	lanes int // number of lanes to load and store: 4 or 1
}

// load returns the current columns of the row at base; store overwrites them.
func (v *vector) load(base general) vec { return v.loadAt(base, v.i) }

func (v *vector) store(r vec, base general) { v.storeAt(r, base, v.i) }

// loadAt loads from the address base+index; storeAt stores there.
func (v *vector) loadAt(base, index general) vec {
	r := v.register()
	if v.lanes == 1 {
		v.instruction("FMOVS (%v)(%v), %s", base, index, r.float())
	} else {
		v.word(0x3ce06800|uint32(index)<<16|uint32(base)<<5|uint32(r), "ldr q%d, [x%d, x%d]", r, base, index)
	}
	return r
}

func (v *vector) storeAt(r vec, base, index general) {
	if v.lanes == 1 {
		v.instruction("FMOVS %s, (%v)(%v)", r.float(), base, index)
	} else {
		v.word(0x3ca06800|uint32(index)<<16|uint32(base)<<5|uint32(r), "str q%d, [x%d, x%d]", r, base, index)
	}
}

// loadFrom loads from the address in a register; storeTo stores there.
func (v *vector) loadFrom(at general) vec {
	r := v.register()
	v.instruction("%s (%v), %s", v.move(), at, r.float())
	return r
}

func (v *vector) storeTo(r vec, at general) { v.instruction("%s %s, (%v)", v.move(), r.float(), at) }

func (v *vector) move() string {
	if v.lanes == 1 {
		return "FMOVS"
	}
	return "FMOVQ"
}

// opcode is an instruction without its registers.
type opcode struct {
	name     string
	encoding uint32
	element  uint32 // the form in which the last operand is one lane; 0 if there is none
}

// Instructions on four single-precision lanes.
var (
	fadd   = opcode{name: "fadd", encoding: 0x4e20d400}
	fsub   = opcode{name: "fsub", encoding: 0x4ea0d400}
	fmul   = opcode{name: "fmul", encoding: 0x6e20dc00, element: 0x4f809000}
	fdiv   = opcode{name: "fdiv", encoding: 0x6e20fc00}
	fmla   = opcode{name: "fmla", encoding: 0x4e20cc00, element: 0x4f801000}
	fmls   = opcode{name: "fmls", encoding: 0x4ea0cc00, element: 0x4f805000}
	fmax   = opcode{name: "fmax", encoding: 0x4e20f400}
	fmin   = opcode{name: "fmin", encoding: 0x4ea0f400}
	fcmeq  = opcode{name: "fcmeq", encoding: 0x4e20e400}
	fcmgt  = opcode{name: "fcmgt", encoding: 0x6ea0e400}
	fsqrt  = opcode{name: "fsqrt", encoding: 0x6ea1f800}
	fneg   = opcode{name: "fneg", encoding: 0x6ea0f800}
	fabs   = opcode{name: "fabs", encoding: 0x4ea0f800}
	frintn = opcode{name: "frintn", encoding: 0x4e218800} // to the nearest integer, ties to even
	fcvtns = opcode{name: "fcvtns", encoding: 0x4e21a800} // to the nearest integer as an int32
	bic    = opcode{name: "bic", encoding: 0x4e601c00}    // n and not m
	// Comparisons with 0.
	positive = opcode{name: "fcmgt #0.0", encoding: 0x4ea0c800}
	negative = opcode{name: "fcmlt #0.0", encoding: 0x4ea0e800}
	zero     = opcode{name: "fcmeq #0.0", encoding: 0x4ea0d800}
)

// three emits an instruction with two operands and returns its result in a new register.
func (v *vector) three(op opcode, n, m vec) vec {
	d := v.register()
	v.into(d, op, n, m)
	return d
}

// into emits an instruction that overwrites d, or that adds to it if it accumulates.
func (f *function) into(d vec, op opcode, n, m vec) {
	f.word(op.encoding|uint32(m)<<16|uint32(n)<<5|uint32(d), "%s v%d, v%d, v%d", op.name, d, n, m)
}

// intoElement is like into, but uses lane l of m as the second operand of every lane.
func (f *function) intoElement(d vec, op opcode, n, m vec, lane int) {
	place := uint32(lane&1)<<21 | uint32(lane>>1)<<11
	f.word(op.element|place|uint32(m)<<16|uint32(n)<<5|uint32(d), "%s v%d, v%d, v%d.s[%d]", op.name, d, n, m, lane)
}

// two emits an instruction with one operand.
func (v *vector) two(op opcode, n vec) vec {
	d := v.register()
	v.word(op.encoding|uint32(n)<<5|uint32(d), "%s v%d, v%d", op.name, d, n)
	return d
}

// The methods below return their result in a new register, or accumulate it in the first operand. A
// float64 argument is a constant.

func (v *vector) add(a, b vec) vec { return v.three(fadd, a, b) }
func (v *vector) sub(a, b vec) vec { return v.three(fsub, a, b) }
func (v *vector) div(a, b vec) vec { return v.three(fdiv, a, b) }
func (v *vector) mul(a, b vec) vec { return v.three(fmul, a, b) }

func (v *vector) mulConstant(a vec, c float64) vec {
	d := v.register()
	m, lane := v.constant(math.Float32bits(float32(c)))
	v.intoElement(d, fmul, a, m, lane)
	return d
}

// fma adds a*b to acc, and fnmaConstant subtracts a*c from it, with one rounding.
func (v *vector) fma(acc, a, b vec) { v.into(acc, fmla, a, b) }

func (v *vector) fnmaConstant(acc, a vec, c float64) {
	m, lane := v.constant(math.Float32bits(float32(c)))
	v.intoElement(acc, fmls, a, m, lane)
}

// polynomial returns the value at x of the polynomial with the given coefficients, the highest power first. Each step of
// Horner's scheme is one fused multiply-add.
func (v *vector) polynomial(x vec, coefficients ...float64) vec {
	p := v.splat(coefficients[0])
	for _, c := range coefficients[1:] {
		next := v.splat(c)
		v.fma(next, p, x)
		v.usedVec[p] = false
		p = next
	}
	return p
}

// splat returns a vector with a constant in every lane.
func (v *vector) splat(c float64) vec { return v.splatBits(math.Float32bits(float32(c))) }

func (v *vector) splatBits(bits uint32) vec {
	r := v.register()
	m, lane := v.constant(bits)
	v.instruction("VDUP V%d.S[%d], V%d.S4", m, lane, r)
	return r
}

// atLeast returns the larger of x and c, and atMost the smaller. NaN stays NaN.
func (v *vector) atLeast(x vec, c float64) vec { return v.three(fmax, x, v.splat(c)) }
func (v *vector) atMost(x vec, c float64) vec  { return v.three(fmin, x, v.splat(c)) }

// relu returns the larger of x and 0, and x itself if it is NaN or a zero of either sign.
func (v *vector) relu(x vec) vec { return v.three(bic, x, v.two(negative, x)) }

// larger returns the larger of a and b, or NaN if one is NaN. Of two zeros, it returns b plus 0.
func (v *vector) larger(a, b vec) vec {
	r := v.three(fcmgt, a, b)
	v.choose(r, a, b)
	return v.add(r, v.three(bic, a, v.three(fcmeq, a, a)))
}

// choose returns a in the lanes where a mask is set, and b elsewhere. The result replaces the mask.
func (v *vector) choose(mask, a, b vec) {
	v.instruction("VBSL V%d.B16, V%d.B16, V%d.B16", b, a, mask)
}

func (v *vector) and(a, b vec) vec { return v.logical("VAND", a, b) }
func (v *vector) or(a, b vec) vec  { return v.logical("VORR", a, b) }

func (v *vector) logical(op string, a, b vec) vec {
	d := v.register()
	v.instruction("%s V%d.B16, V%d.B16, V%d.B16", op, a, b, d)
	return d
}

// clear sets all lanes to 0.
func (f *function) clear(r vec) { f.instruction("VEOR V%d.B16, V%d.B16, V%d.B16", r, r, r) }
