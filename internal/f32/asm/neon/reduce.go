package neon

// reduce emits a sum over n elements as the result of the function. The function step adds the
// terms of the current columns to an accumulator. The additions have the order of the kernels for
// amd64. Four accumulators of 16 lanes, here four registers each, take 16 elements each in turn.
// The elements after the last 64 go to the first accumulator, and a rest of less than 16 elements
// goes to the second. Lanes beyond the rest do not change.
func (f *function) reduce(n general, step func(v *vector, acc vec)) {
	f.rowBytes(n)
	f.instruction("MOVD $0, %v", f.i)
	var acc [16]vec
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
	f.blocks(16, func() { whole(16) })
	f.blocks(4, func() { whole(4) })
	f.reduceRest(v, acc[4:8], step)
	f.addPairs(acc[:8], 4)
	f.addPairs(acc[8:], 4)
	for _, distance := range []int{8, 2, 1} {
		f.addPairs(acc[:], distance)
	}
	f.horizontal(acc[0], acc[1])
	f.instruction("FMOVS %s, %s", acc[0].float(), f.address(f.signature.Results().At(0)))
}

// addPairs adds the registers that are a distance further to the first ones, as many as the
// distance but at most an accumulator.
func (f *function) addPairs(acc []vec, distance int) {
	for j := range min(distance, 4) {
		f.into(acc[j], fadd, acc[j], acc[j+distance])
	}
}

// reduceRest adds the last elements, fewer than 16, to the lanes of an accumulator.
func (f *function) reduceRest(v *vector, acc []vec, step func(v *vector, acc vec)) {
	done := f.label("reduced")
	left := f.general()
	for _, r := range acc {
		part, next := f.label("part"), f.label("next")
		f.instruction("SUB %v, %v, %v", f.i, f.bytes, left)
		f.instruction("CMP $16, %v", left)
		f.instruction("BLT %s", part)
		f.within(func() { step(v, r) })
		f.instruction("ADD $16, %v", f.i)
		f.instruction("B %s", next)
		f.here(part)
		f.restLanes(r, step)
		f.instruction("B %s", done)
		f.here(next)
	}
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
