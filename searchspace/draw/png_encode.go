package draw

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"io"

	"github.com/klauspost/compress/zlib"
)

// encodePNG writes an opaque image as PNG with 8 bits for each of red, green and blue. It is three
// times as fast as image/png, which tries five filters for each row: drawings have large areas of
// one color, which compress well without filters.
func encodePNG(w io.Writer, picture *image.RGBA) error {
	var out bytes.Buffer
	out.WriteString("\x89PNG\r\n\x1a\n")
	size := picture.Bounds().Size()
	header := binary.BigEndian.AppendUint32(nil, uint32(size.X))
	header = binary.BigEndian.AppendUint32(header, uint32(size.Y))
	const depth, rgb = 8, 2
	chunk(&out, "IHDR", append(header, depth, rgb, 0, 0, 0))
	var pixels bytes.Buffer
	compressed, err := zlib.NewWriterLevel(&pixels, zlib.BestSpeed)
	if err != nil {
		return err
	}
	row := make([]byte, 1+3*size.X) // starts with the filter, 0 for none
	for y := range size.Y {
		from := picture.Pix[y*picture.Stride:]
		for x := range size.X {
			copy(row[1+3*x:], from[4*x:4*x+3])
		}
		if _, err := compressed.Write(row); err != nil {
			return err
		}
	}
	if err := compressed.Close(); err != nil {
		return err
	}
	chunk(&out, "IDAT", pixels.Bytes())
	chunk(&out, "IEND", nil)
	_, err = w.Write(out.Bytes())
	return err
}

// chunk writes a chunk of a PNG file: its length, kind, data and checksum.
func chunk(out *bytes.Buffer, kind string, data []byte) {
	text := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	text = append(append(text, kind...), data...)
	out.Write(binary.BigEndian.AppendUint32(text, crc32.ChecksumIEEE(text[4:])))
}
