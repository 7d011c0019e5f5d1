package tfrecord

import (
	"encoding/binary"
	"io"
)

// Writer writes records, each with one call to the underlying writer. It does not buffer.
type Writer struct {
	out  io.Writer
	text []byte // buffer for a record
}

// NewWriter returns a writer of records.
func NewWriter(w io.Writer) *Writer { return &Writer{out: w} }

// Write writes a record.
func (w *Writer) Write(data []byte) error {
	w.text = binary.LittleEndian.AppendUint64(w.text[:0], uint64(len(data)))
	w.text = binary.LittleEndian.AppendUint32(w.text, checksum(w.text))
	w.text = append(w.text, data...)
	w.text = binary.LittleEndian.AppendUint32(w.text, checksum(data))
	_, err := w.out.Write(w.text)
	return err
}
