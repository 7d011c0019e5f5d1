package gran

import (
	"fmt"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modelfile"
	"github.com/graphpnas/graphpnas/searchspace"
)

var _ generator.Conditional = (*Model)(nil)

// Within returns a model that shares the weights and training of m and draws from another space
// with the same name and parts, usually a restriction of m's space. Its LogProb describes its own
// samples. See [generator.Conditional].
func (m *Model) Within(space searchspace.Space) (generator.Model, error) {
	if err := modelfile.Same(m.space, space); err != nil {
		return nil, fmt.Errorf("restricting a model of %s: %w", m.space.Name(), err)
	}
	view := *m
	view.space = space
	return &view, nil
}
