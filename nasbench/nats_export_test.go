package nasbench

import "sync/atomic"

// ForgetNATS makes NATS read an architecture again when it is next used.
func ForgetNATS(n *NATS, index int) { n.loaded[index].Store(nil) }

// PartOfNATS returns a benchmark that contains only the given architectures.
func PartOfNATS(n *NATS, indices ...int) (*NATS, error) {
	part := &NATS{name: n.name, rows: map[string]int{}, loaded: make([]atomic.Pointer[natsArch], len(indices))}
	for row, index := range indices {
		record, err := n.arch(index)
		if err != nil {
			return nil, err
		}
		part.archs = append(part.archs, n.archs[index])
		part.rows[n.Space().Key(n.archs[index])] = row
		part.loaded[row].Store(record)
	}
	return part, nil
}
