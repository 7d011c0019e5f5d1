package tensorboard

import (
	"bytes"
	"image/png"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// The field numbers are those of TensorFlow's event.proto, summary.proto, tensor.proto and tensor_shape.proto.

// version returns the first event of a file.
func version(text string) []byte { return field(nil, 3, []byte(text)) }

// event returns an event with a summary of one value.
func event(at time.Time, step int, value []byte) []byte {
	e := protowire.AppendTag(nil, 1, protowire.Fixed64Type)
	e = protowire.AppendFixed64(e, math.Float64bits(float64(at.UnixMicro())/1e6))
	e = protowire.AppendTag(e, 2, protowire.VarintType)
	e = protowire.AppendVarint(e, uint64(step))
	return field(e, 5, field(nil, 1, value)) // a summary with one value
}

// scalar returns a summary value that contains a number.
func scalar(tag string, x float64) []byte {
	v := field(nil, 1, []byte(tag))
	v = protowire.AppendTag(v, 2, protowire.Fixed32Type)
	return protowire.AppendFixed32(v, math.Float32bits(float32(x)))
}

// image returns a summary value that contains a PNG image. If the text is not a PNG image, the value contains only the tag.
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

// text returns a summary value that contains a text, as a tensor of one string for TensorBoard's text plugin.
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

// field appends a field that contains bytes.
func field(message []byte, n protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(message, n, protowire.BytesType), value)
}

// number appends a field that contains an integer.
func number(message []byte, n protowire.Number, value int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(message, n, protowire.VarintType), uint64(value))
}
