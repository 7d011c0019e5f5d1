package predictor

import (
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// fieldCode is a field with the position of its embeddings or features.
type fieldCode struct {
	searchspace.Field
	first int
}

// nodeField adds a multiple of an embedding to the initial state of a node.
type nodeField struct {
	node, row int32
	weight    float32
}

// nodeFieldCodes assigns embeddings to fields, starting at the given row: one for each value or, if the field is ordered, one for its
// existence and one for its size. It also returns the next free row.
func nodeFieldCodes(fields []searchspace.Field, row int) ([]fieldCode, int) {
	codes := make([]fieldCode, len(fields))
	for i, f := range fields {
		codes[i] = fieldCode{f, row}
		if f.Ordered {
			row += 2
		} else {
			row += len(f.Values)
		}
	}
	return codes, row
}

// appendNodeFields appends the embeddings of the fields that exist at a node. The embedding of an ordered field's size is multiplied by
// the position of the value in the order, from 0 to 1.
func appendNodeFields(list []nodeField, codes []fieldCode, node int32, l searchspace.Label) []nodeField {
	for _, c := range codes {
		at := c.valueOf(l)
		switch {
		case at < 0:
		case c.Ordered:
			place := float32(at) / float32(max(1, len(c.Values)-1))
			list = append(list, nodeField{node, int32(c.first), 1}, nodeField{node, int32(c.first + 1), place})
		default:
			list = append(list, nodeField{node, int32(c.first + at), 1})
		}
	}
	return list
}

// edgeFieldCodes assigns a feature to every value of the fields, starting at the given one. It also returns the next free feature.
func edgeFieldCodes(fields []searchspace.Field, feature int) ([]fieldCode, int) {
	codes := make([]fieldCode, len(fields))
	for i, f := range fields {
		codes[i] = fieldCode{f, feature}
		feature += len(f.Values)
	}
	return codes, feature
}

// edgeFeatures returns the features of the fields that exist at an edge: that of the value and, if the field is ordered, those
// of all lower values.
func edgeFeatures(codes []fieldCode, l searchspace.Label) (features []int) {
	for _, c := range codes {
		at := c.valueOf(l)
		for v := range at + 1 {
			if v == at || c.Ordered {
				features = append(features, c.first+v)
			}
		}
	}
	return features
}

// valueOf returns the index of the field's value, or −1 if the field does not exist here.
func (c fieldCode) valueOf(l searchspace.Label) int { return slices.Index(c.Values, l.Get(c.Name)) }

// edgeClasses collects the classes of the edges of a batch: those of the encoder, and for edges with fields one for each combination of
// class and features that occurs. A space may have too many combinations for fixed classes.
type edgeClasses struct {
	features [][]int // the features of each class
	byEdge   map[string]int32
}

// reset begins a batch with the encoder's classes.
func (c *edgeClasses) reset(static [][]int) {
	c.features = append(c.features[:0], static...)
	c.byEdge = nil
}

// of returns the class of edges with the given encoder class and field features.
func (c *edgeClasses) of(class int32, fields []int) int32 {
	if len(fields) == 0 {
		return class
	}
	key := make([]byte, 0, 4*(1+len(fields)))
	for _, v := range append([]int{int(class)}, fields...) {
		key = append(key, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
	}
	if c.byEdge == nil {
		c.byEdge = map[string]int32{}
	}
	number, ok := c.byEdge[string(key)]
	if !ok {
		number = int32(len(c.features))
		c.byEdge[string(key)] = number
		c.features = append(c.features, append(slices.Clone(c.features[class]), fields...))
	}
	return number
}
