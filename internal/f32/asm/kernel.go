package main

import (
	"strconv"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// kernel is the file under construction.
type kernel struct {
	*build.Context
	labels    int
	constants map[uint32]operand.Mem
	lanes     *operand.Mem
	numbers   *operand.Mem
}

// start begins an assembly function with the given Go declaration.
func (k *kernel) start(name, signature string, doc ...string) {
	k.Function(name)
	k.Attributes(attr.NOSPLIT)
	k.SignatureExpr(signature)
	k.Pragma("noescape")
	k.Doc(doc...)
	k.labels = 0
}

// label returns a label name that is unique in the function.
func (k *kernel) label(name string) operand.LabelRef {
	k.labels++
	return operand.LabelRef(name + strconv.Itoa(k.labels))
}

// here puts a label before the next instruction.
func (k *kernel) here(l operand.LabelRef) { k.Label(string(l)) }

// arg loads an argument of 8 bytes into a new register.
func (k *kernel) arg(name string) reg.GPVirtual {
	r := k.GP64()
	k.Load(k.Param(name), r)
	return r
}

// stride loads a length or stride and converts it from elements to bytes.
func (k *kernel) stride(name string) reg.GPVirtual {
	r := k.arg(name)
	k.SHLQ(operand.U8(2), r)
	return r
}

// stack returns the memory operand of an argument.
func (k *kernel) stack(name string) operand.Mem {
	b, err := k.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}
