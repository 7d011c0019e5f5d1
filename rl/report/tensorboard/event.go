package tensorboard

import (
	"bytes"
	"image/png"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// The numbers of fields are those of TensorFlow's event.proto, summary.proto, tensor.proto and tensor_shape.proto.

// version returns the event that a file begins with.
func version(text string) []byte { return field(nil, 3, []byte(text)) }

// event returns an event with a value of a summary.
func event(at time.Time, step int, value []byte) []byte {
	e := protowire.AppendTag(nil, 1, protowire.Fixed64Type)
	e = protowire.AppendFixed64(e, math.Float64bits(float64(at.UnixMicro())/1e6))
	e = protowire.AppendTag(e, 2, protowire.VarintType)
	e = protowire.AppendVarint(e, uint64(step))
	return field(e, 5, field(nil, 1, value)) // a summary with one value
}

// scalar returns the value of a number.
func scalar(tag string, x float64) []byte {
	v := field(nil, 1, []byte(tag))
	v = protowire.AppendTag(v, 2, protowire.Fixed32Type)
	return protowire.AppendFixed32(v, math.Float32bits(float32(x)))
}

// image returns the value of a picture in PNG, nothing but the tag if it is none.
func image(tag string, text []byte) []byte {
	v := field(nil, 1, []byte(tag))
	size, err := png.DecodeConfig(bytes.NewReader(text))
	if err != nil {
		return v
	}
	i := number(nil, 1, size.Height)
	i = number(i, 2, size.Width)
	i = number(i, 3, 4) // red, green, blue and opacity
	return field(v, 4, field(i, 4, text))
}

// text returns the value of a text: a tensor of one string, for the plugin of texts.
func text(tag, words string) []byte {
	v := field(nil, 1, []byte(tag))
	const stringType = 7
	tensor := number(nil, 1, stringType)
	dimension := field(nil, 2, number(nil, 1, 1)) // one, of size 1
	tensor = field(tensor, 2, dimension)
	tensor = field(tensor, 8, []byte(words))
	v = field(v, 8, tensor)
	plugin := field(nil, 1, []byte("text"))
	return field(v, 9, field(nil, 1, plugin))
}

// field appends a field of bytes.
func field(message []byte, n protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(message, n, protowire.BytesType), value)
}

// number appends a field with a whole number.
func number(message []byte, n protowire.Number, value int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(message, n, protowire.VarintType), uint64(value))
}
