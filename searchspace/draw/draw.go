package draw

import (
	"bufio"
	"fmt"
	"io"

	"github.com/graphpnas/graphpnas/searchspace"
)

// SVG draws an architecture as SVG. The architecture need not be a member of the space: operations
// that the space does not have get colors after those of the space.
//
// The error wraps [searchspace.ErrInvalid] if the architecture has no nodes. SVG also returns an
// error if o is invalid.
func SVG(w io.Writer, space searchspace.Space, a searchspace.Arch, o Options) error {
	p, err := newPicture(space, a, o)
	if err != nil {
		return err
	}
	buffer := bufio.NewWriter(w)
	p.writeSVG(buffer)
	if err := buffer.Flush(); err != nil {
		return fmt.Errorf("writing a drawing: %w", err)
	}
	return nil
}

// PNG draws an architecture as PNG. The drawing is that of [SVG].
func PNG(w io.Writer, space searchspace.Space, a searchspace.Arch, o Options) error {
	p, err := newPicture(space, a, o)
	if err != nil {
		return err
	}
	if err := p.writePNG(w, o.Scale); err != nil {
		return fmt.Errorf("writing a drawing: %w", err)
	}
	return nil
}

// newPicture draws an architecture.
func newPicture(space searchspace.Space, a searchspace.Arch, o Options) (*picture, error) {
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("drawing an architecture of space %q: %w", space.Name(), err)
	}
	if a.NumParts() == 0 {
		return nil, fmt.Errorf("drawing an architecture of space %q: %w: it must have at least 1 part", space.Name(), searchspace.ErrInvalid)
	}
	for i := range a.NumParts() {
		if a.Part(i).Len() == 0 {
			return nil, fmt.Errorf("drawing an architecture of space %q: part %d: %w: it must have at least 1 node",
				space.Name(), i, searchspace.ErrInvalid)
		}
	}
	return newScene(space, a, o).draw(), nil
}
