package network

// Bytes is how much memory the largest pass so far has taken.
func (w *Workspace) Bytes() int64 {
	values := w.most + len(w.grad)
	for i := range w.pieces {
		values += w.pieces[i].Len()
	}
	return 4 * int64(values)
}
