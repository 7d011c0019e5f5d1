package nb101

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
)

// Row is one training of one cell.
type Row struct {
	Key     [16]byte // the cell's published hash, md5
	Epochs  int      // 1 to MaxEpochs
	Cell    Cell
	Metrics Metrics
}

// MaxEpochs bounds the epochs of a row.
const MaxEpochs = 1e6

// Decoder decodes rows one after the other. The zero Decoder is ready for use.
type Decoder struct {
	text    []byte // the strings of the row, without their escapes
	message []byte // the protocol buffer
}

// Decode decodes a row. The error names the element; it wraps searchspace.ErrInvalid where the cell is none of the
// space's.
func (d *Decoder) Decode(text []byte, row *Row) error {
	d.text = d.text[:0]
	s := scanner{rest: text}
	if err := d.decodeKey(&s, row); err != nil {
		return fmt.Errorf("md5: %w", err)
	}
	if err := decodeEpochs(&s, row); err != nil {
		return fmt.Errorf("epochs: %w", err)
	}
	if err := d.decodeCell(&s, row); err != nil {
		return fmt.Errorf("cell: %w", err)
	}
	if err := d.decodeMetrics(&s, row); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	if err := s.expect(']'); err != nil {
		return err
	}
	return s.end()
}

func (d *Decoder) decodeKey(s *scanner, row *Row) error {
	digits, err := d.string(s, '[')
	if err != nil {
		return err
	}
	var ok bool
	if row.Key, ok = ParseKey(digits); !ok {
		return fmt.Errorf("%q is not %d hexadecimal digits", digits, hex.EncodedLen(len(row.Key)))
	}
	return nil
}

// ParseKey reads a hash, 32 hexadecimal digits, and tells whether it is one.
func ParseKey[T string | []byte](digits T) (key [16]byte, ok bool) {
	var text [32]byte
	if len(digits) != len(text) {
		return key, false
	}
	copy(text[:], digits)
	_, err := hex.Decode(key[:], text[:])
	return key, err == nil
}

func decodeEpochs(s *scanner, row *Row) error {
	if err := s.expect(','); err != nil {
		return err
	}
	n, err := s.integer()
	if err != nil {
		return err
	}
	if n < 1 || n > MaxEpochs {
		return fmt.Errorf("%d is out of range", n)
	}
	row.Epochs = n
	return nil
}

func (d *Decoder) decodeCell(s *scanner, row *Row) error {
	adjacency, err := d.string(s, ',')
	if err != nil {
		return err
	}
	ops, err := d.string(s, ',')
	if err != nil {
		return err
	}
	row.Cell, err = parseCell(adjacency, ops)
	return err
}

func (d *Decoder) decodeMetrics(s *scanner, row *Row) error {
	text, err := d.string(s, ',')
	if err != nil {
		return err
	}
	if d.message, err = base64.StdEncoding.AppendDecode(d.message[:0], text); err != nil {
		return err
	}
	return row.Metrics.parse(d.message, row.Epochs)
}

// string takes a string after the given token. It is valid until the next row.
func (d *Decoder) string(s *scanner, after byte) (text []byte, err error) {
	if err := s.expect(after); err != nil {
		return nil, err
	}
	start := len(d.text)
	d.text, err = s.appendString(d.text)
	return d.text[start:], err
}

// lineLength is that of base64 in the published file.
const lineLength = 76

// AppendTo writes the row as the published file has it.
func (r *Row) AppendTo(text []byte) []byte {
	text = append(text, `["`...)
	text = hex.AppendEncode(text, r.Key[:])
	text = append(text, `", `...)
	text = strconv.AppendInt(text, int64(r.Epochs), 10)
	text = append(text, `, "`...)
	text = r.Cell.appendAdjacency(text)
	text = append(text, `", "`...)
	text = r.Cell.appendOps(text)
	text = append(text, `", "`...)
	metrics := base64.StdEncoding.EncodeToString(r.Metrics.appendTo(nil, r.Epochs))
	for len(metrics) > 0 {
		n := min(lineLength, len(metrics))
		text = append(append(text, metrics[:n]...), `\n`...)
		metrics = metrics[n:]
	}
	return append(text, `"]`...)
}
