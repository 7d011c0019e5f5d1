package generator

import "github.com/graphpnas/graphpnas/searchspace"

// path is the decisions of an architecture in the making, as far as they are taken.
type path struct {
	builder searchspace.Builder
	logProb float64
}

// drafted is a draft of any model.
type drafted interface{ taken() *path }

func (p *path) taken() *path { return p }

func (p *path) clone() path { return path{p.builder.Clone(), p.logProb} }

// finish returns the architectures of drafts that are complete.
func finish[D drafted](drafts []D) ([]searchspace.Arch, error) {
	archs := make([]searchspace.Arch, len(drafts))
	for i, d := range drafts {
		var err error
		if archs[i], err = d.taken().builder.Arch(); err != nil {
			return nil, err
		}
	}
	return archs, nil
}
