package network

// Bytes returns the memory that the largest pass so far has used.
func (w *Workspace) Bytes() int64 {
	values := w.most + len(w.grad)
	for i := range w.pieces {
		values += w.pieces[i].Len()
	}
	return 4 * int64(values)
}
