// Package spaces lists the search spaces of tables, some of which are not part of the library.
package spaces

import (
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Tables are the spaces of tables that have a column "arch" in the notation of their space, as nasbench.Open reads them.
var Tables = []tool.Named[func() (searchspace.Space, error)]{
	{Name: "nasbench201", Value: func() (searchspace.Space, error) { return searchspace.NASBench201{}, nil }},
	{Name: "nasbench201-without-pooling", Value: WithoutPooling},
	{Name: "nasbench101", Value: func() (searchspace.Space, error) { return searchspace.NASBench101{}, nil }},
}

// Find returns the space of a table by its name.
func Find(name string) (searchspace.Space, error) {
	space, err := tool.Find(Tables, "space", name)
	if err != nil {
		return nil, err
	}
	return space.Value()
}

// cell is a space of NAS-Bench-201's cells with other operations, in NAS-Bench-201's notation.
type cell struct{ *searchspace.Sequential }

var _ searchspace.Notation = cell{}

// Format writes a cell.
func (cell) Format(a searchspace.Arch) string { return searchspace.NASBench201{}.Format(a) }

// Parse reads a cell.
func (cell) Parse(text string) (searchspace.Arch, error) {
	return searchspace.NASBench201{}.Parse(text)
}

// WithoutPooling returns the micro space of TransNAS-Bench-101 (Duan et al. 2021): NAS-Bench-201's cell with four operations,
// 4,096 architectures.
func WithoutPooling() (searchspace.Space, error) {
	s, err := searchspace.New("nasbench201-without-pooling", []searchspace.Part{{
		Name: "cell", MaxNodes: 4, EdgeOps: []string{"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3"},
	}})
	return cell{s}, err
}
