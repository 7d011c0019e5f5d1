package report

import (
	"errors"
	"io"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/rl/report/plots"
)

// Save writes a figure to path.png, path.svg and path.pdf.
func Save(f *plots.Figure, path string) error {
	var all error
	for _, format := range []string{"png", "svg", "pdf"} {
		all = errors.Join(all, program.WriteFile(path+"."+format, func(w io.Writer) error { return f.Write(w, format) }))
	}
	return all
}
