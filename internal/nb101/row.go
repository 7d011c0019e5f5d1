package nb101

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
)

// Row is one training run of one cell.
type Row struct {
	Key     [16]byte // published MD5 hash of the cell
	Epochs  int      // from 1 to MaxEpochs
	Cell    Cell
	Metrics Metrics
}

// MaxEpochs is the largest number of epochs of a row.
const MaxEpochs = 1e6

// Decoder decodes rows. The zero Decoder is ready to use.
type Decoder struct {
	text    []byte // strings of the row, unescaped
	message []byte // protocol buffer of the row
}

// Decode decodes a row. The error names the element. It wraps searchspace.ErrInvalid if the cell is
// not in the space.
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
		return fmt.Errorf("it must be %d hexadecimal digits, got %q", hex.EncodedLen(len(row.Key)), digits)
	}
	return nil
}

// ParseKey parses a hash of 32 hexadecimal digits, and reports whether it is valid.
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

// string reads a string after the given token. It is valid until the next row.
func (d *Decoder) string(s *scanner, after byte) (text []byte, err error) {
	if err := s.expect(after); err != nil {
		return nil, err
	}
	start := len(d.text)
	d.text, err = s.appendString(d.text)
	return d.text[start:], err
}

// lineLength is the length of base64 lines in the published file.
const lineLength = 76

// AppendTo appends the row in the format of the published file.
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
