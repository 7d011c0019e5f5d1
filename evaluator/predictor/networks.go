package predictor

import (
	"sync"

	"github.com/graphpnas/graphpnas/searchspace"
)

// networks are graph networks whose scores are averaged.
type networks struct {
	encoder *encoder
	net     *network
	params  [][]float32 // the parameters of each network
	passes  sync.Pool   // of *pass, the memory of predictions
}

var _ model = (*networks)(nil)

// predict adds the mean of the networks' scores.
func (m *networks) predict(archs []searchspace.Arch, scores []float64) error {
	batch := make([]*encoded, len(archs))
	for i, a := range archs {
		var err error
		if batch[i], err = m.encoder.encode(a); err != nil {
			return err
		}
	}
	ps, ok := m.passes.Get().(*pass)
	if !ok {
		ps = &pass{}
	}
	defer m.passes.Put(ps)
	for first := 0; first < len(batch); {
		n := together(batch[first:])
		for _, flat := range m.params {
			for i, score := range ps.forward(m.net, flat, batch[first:first+n]) {
				scores[first+i] += float64(score) / float64(len(m.params))
			}
		}
		first += n
	}
	return nil
}
