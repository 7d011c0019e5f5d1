package export

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// This file encodes messages of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). A message consists of its
// encoded fields. The numbers of fields and types come from onnx.proto.

type message []byte

func (m *message) integer(field protowire.Number, v int64) {
	*m = protowire.AppendTag(*m, field, protowire.VarintType)
	*m = protowire.AppendVarint(*m, uint64(v))
}

func (m *message) bytes(field protowire.Number, v []byte) {
	*m = protowire.AppendTag(*m, field, protowire.BytesType)
	*m = protowire.AppendBytes(*m, v)
}

func (m *message) text(field protowire.Number, v string) { m.bytes(field, []byte(v)) }

func (m *message) float(field protowire.Number, v float32) {
	*m = protowire.AppendTag(*m, field, protowire.Fixed32Type)
	*m = protowire.AppendFixed32(*m, math.Float32bits(v))
}

// The types of tensors.
const (
	typeFloat = 1
	typeInt64 = 7
)

// attribute returns an AttributeProto of an int, a float32 or []int.
func attribute(name string, value any) message {
	const typeField = 20
	var m message
	m.text(1, name)
	switch v := value.(type) {
	case float32:
		m.float(2, v)
		m.integer(typeField, 1)
	case int:
		m.integer(3, int64(v))
		m.integer(typeField, 2)
	case []int:
		for _, i := range v {
			m.integer(8, int64(i))
		}
		m.integer(typeField, 7)
	}
	return m
}

// valueInfo returns the ValueInfoProto of float32 images or logits, whose shape is N × the dimensions.
func valueInfo(name string, dimensions ...int) message {
	var batch, shape, tensor, kind, m message
	batch.text(2, "N")
	shape.bytes(1, batch)
	for _, d := range dimensions {
		var size message
		size.integer(1, int64(d))
		shape.bytes(1, size)
	}
	tensor.integer(1, typeFloat)
	tensor.bytes(2, shape)
	kind.bytes(1, tensor)
	m.text(1, name)
	m.bytes(2, kind)
	return m
}

// property returns a StringStringEntryProto.
func property(key, value string) message {
	var m message
	m.text(1, key)
	m.text(2, value)
	return m
}
