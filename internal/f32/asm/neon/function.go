package neon

import (
	"fmt"
	"math"
	"strings"

	"github.com/mmcloughlin/avo/gotypes"
)

// general is a general-purpose register; vec is a vector register.
type (
	general int
	vec     int
)

func (r general) String() string { return fmt.Sprintf("R%d", int(r)) }

// float returns the name in Go's assembler of the register's lowest lanes or, in FMOVQ, of the
// whole register.
func (r vec) float() string { return fmt.Sprintf("F%d", int(r)) }

// generals lists the registers that a function may use. The others belong to the linker, the
// platform, the assembler and the runtime.
var generals = []general{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 19, 20, 21, 22, 23, 24, 25}

const vecs = 32

// function is a kernel under construction.
type function struct {
	name      string
	signature *gotypes.Signature
	body      strings.Builder
	labels    int

	used    map[general]bool
	usedVec [vecs]bool
	mostVec int // the highest register used so far

	constants map[uint32]int // from the bits of a constant to its index in the table
	table     []uint32

	bytes, i general // set up by [function.rowBytes]
}

func (f *function) instruction(format string, args ...any) {
	fmt.Fprintf(&f.body, "\t"+format+"\n", args...)
}

// word emits an instruction that Go's assembler does not know.
func (f *function) word(encoding uint32, format string, args ...any) {
	f.instruction("WORD $0x%08x // %s", encoding, fmt.Sprintf(format, args...))
}

// label returns a name that is unique in the function.
func (f *function) label(name string) string {
	f.labels++
	return fmt.Sprint(name, f.labels)
}

// here puts a label before the next instruction.
func (f *function) here(label string) { fmt.Fprintf(&f.body, "%s:\n", label) }

// general returns a free register.
func (f *function) general() general {
	if f.used == nil {
		f.used = map[general]bool{}
	}
	for _, r := range generals {
		if !f.used[r] {
			f.used[r] = true
			return r
		}
	}
	panic(f.name + " needs too many general registers")
}

func (f *function) register() vec {
	for r := range vec(vecs) {
		if !f.usedVec[r] {
			f.usedVec[r] = true
			f.mostVec = max(f.mostVec, int(r))
			return r
		}
	}
	panic(f.name + " needs too many vector registers")
}

// scope emits body and frees the registers that it allocated, except the one that it returns.
func (f *function) scope(body func() vec) vec {
	before, beforeGeneral := f.usedVec, map[general]bool{}
	for r, used := range f.used {
		beforeGeneral[r] = used
	}
	result := body()
	f.usedVec, f.used = before, beforeGeneral
	f.usedVec[result] = true
	return result
}

// within is scope without a result.
func (f *function) within(body func()) {
	before := f.usedVec
	f.scope(func() vec { body(); return 0 })
	f.usedVec = before
}

func (f *function) address(c gotypes.Component) string {
	b, err := c.Resolve()
	if err != nil {
		panic(fmt.Sprintf("%s: %v", f.name, err))
	}
	return b.Addr.Asm()
}

// arg loads an argument of 8 bytes into a new register.
func (f *function) arg(name string) general { return f.loadGeneral(f.signature.Params().Lookup(name)) }

// base loads the address of a slice argument; length loads its length.
func (f *function) base(name string) general {
	return f.loadGeneral(f.signature.Params().Lookup(name).Base())
}

func (f *function) length(name string) general {
	return f.loadGeneral(f.signature.Params().Lookup(name).Len())
}

func (f *function) loadGeneral(c gotypes.Component) general {
	r := f.general()
	f.instruction("MOVD %s, %v", f.address(c), r)
	return r
}

// stride loads a length or stride and converts it from elements to bytes.
func (f *function) stride(name string) general {
	r := f.arg(name)
	f.instruction("LSL $2, %v", r)
	return r
}

// scalar loads an argument into all lanes of a register.
func (f *function) scalar(name string) vec {
	r := f.register()
	f.instruction("FMOVS %s, %s", f.address(f.signature.Params().Lookup(name)), r.float())
	f.instruction("VDUP V%d.S[0], V%d.S4", r, r)
	return r
}

// rowBytes prepares [function.columns] for rows of n elements. It changes n to the size of a row in
// bytes.
func (f *function) rowBytes(n general) {
	f.instruction("LSL $2, %v", n)
	f.bytes, f.i = n, f.general()
}

// columns emits body for all elements of a row: in a loop over vectors, followed by a loop over
// single elements.
func (f *function) columns(body func(v *vector)) {
	f.instruction("MOVD $0, %v", f.i)
	f.blocks(1, func() { body(&vector{function: f, lanes: 4}) })
	f.rest(func() { body(&vector{function: f, lanes: 1}) })
}

// blocks emits body in a loop over blocks of count vectors, until less than a block of the row is
// left.
func (f *function) blocks(count int, body func()) {
	loop, done := f.label("loop"), f.label("done")
	left := f.general()
	f.here(loop)
	f.instruction("SUB %v, %v, %v", f.i, f.bytes, left)
	f.instruction("CMP $%d, %v", 16*count, left)
	f.instruction("BLT %s", done)
	f.within(body)
	f.instruction("ADD $%d, %v", 16*count, f.i)
	f.instruction("B %s", loop)
	f.here(done)
	delete(f.used, left)
}

// rest emits body in a loop over the remaining elements of a row.
func (f *function) rest(body func()) {
	loop, done := f.label("element"), f.label("done")
	f.here(loop)
	f.instruction("CMP %v, %v", f.bytes, f.i)
	f.instruction("BGE %s", done)
	f.within(body)
	f.instruction("ADD $4, %v", f.i)
	f.instruction("B %s", loop)
	f.here(done)
}

// count emits body n times. The register n must not be 0; it is counted down.
func (f *function) count(n general, body func()) {
	loop := f.label("row")
	f.here(loop)
	f.within(body)
	f.instruction("SUBS $1, %v", n)
	f.instruction("BNE %s", loop)
}

// advance adds a distance to several registers.
func (f *function) advance(distance general, pointers ...general) {
	for _, p := range pointers {
		f.instruction("ADD %v, %v", distance, p)
	}
}

// constant returns the register and lane that hold a constant throughout the function.
func (f *function) constant(bits uint32) (r vec, lane int) {
	at, ok := f.constants[bits]
	if !ok {
		at = len(f.table)
		f.constants[bits] = at
		f.table = append(f.table, bits)
	}
	return vec(vecs - 1 - at/4), at % 4
}

// loadConstants returns the instructions that load the table of constants.
func (f *function) loadConstants() string {
	count := (len(f.table) + 3) / 4
	if count == 0 {
		return ""
	}
	if f.mostVec >= vecs-count {
		panic(fmt.Sprintf("%s: %d registers and %d of constants", f.name, f.mostVec+1, count))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\tMOVD $%s<>(SB), R25\n", f.tableName())
	for i := range count {
		fmt.Fprintf(&b, "\tFMOVQ %d(R25), %s\n", 16*i, vec(vecs-1-i).float())
	}
	return b.String()
}

func (f *function) tableName() string { return f.name + "Constants" }

// constantTable returns the definition of the table of constants.
func (f *function) constantTable() string {
	if len(f.table) == 0 {
		return ""
	}
	var b strings.Builder
	size := (len(f.table) + 3) / 4 * 16
	b.WriteString("\n")
	for i := range size / 4 {
		var bits uint32
		if i < len(f.table) {
			bits = f.table[i]
		}
		fmt.Fprintf(&b, "DATA %s<>+%d(SB)/4, $0x%08x // %v\n", f.tableName(), 4*i, bits, math.Float32frombits(bits))
	}
	fmt.Fprintf(&b, "GLOBL %s<>(SB), RODATA|NOPTR, $%d\n", f.tableName(), size)
	return b.String()
}
