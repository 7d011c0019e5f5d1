package neon

// reduce emits a sum over n elements as the result of the function. The function step adds the
// terms of the current columns to an accumulator. The additions have the order of the AVX2 kernels.
// Four accumulators of 8 lanes, here pairs of registers, take a vector each in turn. The vectors
// after the last four go to the first accumulator, and a rest of less than 8 elements goes to the
// second. Lanes beyond the rest do not change.
func (f *function) reduce(n general, step func(v *vector, acc vec)) {
	f.rowBytes(n)
	f.instruction("MOVD $0, %v", f.i)
	var acc [8]vec
	for j := range acc {
		acc[j] = f.register()
		f.clear(acc[j])
	}
	v := &vector{function: f, lanes: 4}
	whole := func(registers int) {
		for j := range registers {
			f.within(func() { step(v, acc[j]) })
			f.instruction("ADD $16, %v", f.i)
		}
		f.instruction("SUB $%d, %v", 16*registers, f.i) // blocks advances it
	}
	f.blocks(8, func() { whole(8) })
	f.blocks(2, func() { whole(2) })
	f.reduceRest(v, acc[2], acc[3], step)
	for _, pair := range [][2]int{{0, 2}, {1, 3}, {4, 6}, {5, 7}, {0, 4}, {1, 5}, {0, 1}} {
		f.into(acc[pair[0]], fadd, acc[pair[0]], acc[pair[1]])
	}
	f.horizontal(acc[0], acc[1])
	f.instruction("FMOVS %s, %s", acc[0].float(), f.address(f.signature.Results().At(0)))
}

// reduceRest adds the last elements, fewer than 8, to the lanes of low and high.
func (f *function) reduceRest(v *vector, low, high vec, step func(v *vector, acc vec)) {
	quarter, done := f.label("quarter"), f.label("reduced")
	left := f.general()
	f.instruction("SUB %v, %v, %v", f.i, f.bytes, left)
	f.instruction("CMP $16, %v", left)
	f.instruction("BLT %s", quarter)
	f.within(func() { step(v, low) })
	f.instruction("ADD $16, %v", f.i)
	f.restLanes(high, step)
	f.instruction("B %s", done)
	f.here(quarter)
	f.restLanes(low, step)
	f.here(done)
}

// restLanes adds the last elements, fewer than 4, to the lanes of acc one by one.
func (f *function) restLanes(acc vec, step func(v *vector, acc vec)) {
	done := f.label("lanes")
	v := &vector{function: f, lanes: 1}
	for lane := range 3 {
		f.instruction("CMP %v, %v", f.bytes, f.i)
		f.instruction("BGE %s", done)
		f.within(func() {
			sum := f.register()
			f.clear(sum)
			f.instruction("VMOV V%d.S[%d], V%d.S[0]", acc, lane, sum)
			step(v, sum)
			f.instruction("VMOV V%d.S[0], V%d.S[%d]", sum, acc, lane)
		})
		f.instruction("ADD $4, %v", f.i)
	}
	f.here(done)
}

// horizontal adds the lanes of r into the lowest one, starting with the upper half to the lower
// half.
func (f *function) horizontal(r, temporary vec) {
	f.instruction("VMOV V%d.D[1], V%d.D[0]", r, temporary)
	f.into(r, fadd, r, temporary)
	f.instruction("VMOV V%d.S[1], V%d.S[0]", r, temporary)
	f.into(r, fadd, r, temporary)
}
