package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
)

// constant returns the operand of a read-only vector of 8 times x.
func (k *kernel) constant(x float32) operand.Mem {
	return k.bits(math.Float32bits(x))
}

// bits returns the operand of a read-only vector of 8 times the given bits.
func (k *kernel) bits(x uint32) operand.Mem {
	if m, ok := k.constants[x]; ok {
		return m
	}
	m := k.StaticGlobal(fmt.Sprintf("vector%08x", x))
	k.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 8 {
		k.AddDatum(4*i, operand.U32(x))
	}
	k.constants[x] = m
	return m
}

// laneNumbers returns the operand of the numbers 0 to 15.
func (k *kernel) laneNumbers() operand.Mem {
	if k.numbers == nil {
		m := k.StaticGlobal("laneNumbers")
		k.DataAttributes(attr.RODATA | attr.NOPTR)
		for i := range 16 {
			k.AddDatum(4*i, operand.U32(i))
		}
		k.numbers = &m
	}
	return *k.numbers
}

// laneTable returns the operand of 8 set lanes followed by 8 clear ones: the vector that starts n
// lanes before the middle is a mask for n lanes.
func (k *kernel) laneTable() operand.Mem {
	if k.lanes == nil {
		m := k.StaticGlobal("lanes")
		k.DataAttributes(attr.RODATA | attr.NOPTR)
		for i := range 16 {
			x := uint32(0)
			if i < 8 {
				x = math.MaxUint32
			}
			k.AddDatum(4*i, operand.U32(x))
		}
		k.lanes = &m
	}
	return *k.lanes
}
