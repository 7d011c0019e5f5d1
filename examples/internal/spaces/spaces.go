// Package spaces has search spaces of published tables that are not part of the library.
package spaces

import "github.com/graphpnas/graphpnas/searchspace"

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
