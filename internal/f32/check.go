package f32

// require panics unless ok. Assembly kernels receive unchecked pointers, so every exported function
// states its requirements here before it dispatches.
func require(ok bool, what string) {
	if !ok {
		panic("f32: " + what)
	}
}

// requireMatrix panics unless x can hold rows×cols values with row stride ld.
func requireMatrix(rows, cols int, x []float32, ld int, what string) {
	if rows < 0 || cols < 0 {
		panic("f32: negative dimension of " + what)
	}
	if rows == 0 || cols == 0 {
		return
	}
	if ld < cols || len(x) < (rows-1)*ld+cols {
		panic("f32: " + what + " is too short for its shape")
	}
}
