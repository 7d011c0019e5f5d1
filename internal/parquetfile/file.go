// Package parquetfile reads and writes Parquet files of flat columns, which hold texts or numbers.
//
// parquet-go writes, and decodes what the file says of itself. The pages are decoded here: the library allocates what a
// file claims to need, and a file of some bytes may claim gigabytes. What [Read] takes is bounded by the length of the
// file. It reads what pandas, Polars, DuckDB and Spark write of such columns unless told otherwise: pages of both
// versions, plain or with a dictionary, uncompressed or compressed with Snappy, Zstandard or gzip.
package parquetfile

import (
	"encoding/binary"
	"hash/crc32"
	"math"

	"github.com/graphpnas/graphpnas/internal/parallel"
)

// Magic is what every Parquet file begins and ends with.
const Magic = "PAR1"

// File is the contents of a Parquet file.
type File struct {
	Rows     int
	Metadata map[string]string // what the writer adds to the file at will
	Columns  []Column          // of different names, in the order of the file
}

// Column is a column of texts or of numbers, one a row; the other slice is nil.
type Column struct {
	Name    string
	Texts   []string
	Numbers []float64 // finite, or NaN for what is null in the file
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum returns a CRC-32C over the columns' names, order and contents. It depends on nothing else, such as how a
// program lays them out in a file.
func (f *File) Checksum() uint32 {
	sums := make([]uint32, len(f.Columns))
	parallel.Do(len(sums), func(i int) { sums[i] = f.Columns[i].checksum() })
	var text []byte
	for i, c := range f.Columns {
		text = appendText(text, c.Name)
		text = binary.LittleEndian.AppendUint32(text, sums[i])
	}
	return crc32.Checksum(text, castagnoli)
}

func (c *Column) checksum() uint32 {
	const size = 1 << 15
	sum := uint32(0)
	part := make([]byte, 0, 2*size)
	part = binary.LittleEndian.AppendUint64(part, uint64(len(c.Texts)))
	part = binary.LittleEndian.AppendUint64(part, uint64(len(c.Numbers)))
	flush := func(least int) {
		if len(part) >= least {
			sum = crc32.Update(sum, castagnoli, part)
			part = part[:0]
		}
	}
	for _, s := range c.Texts {
		part = appendText(part, s)
		flush(size)
	}
	for _, v := range c.Numbers {
		if math.IsNaN(v) {
			v = math.NaN() // whatever its bits
		}
		part = binary.LittleEndian.AppendUint64(part, math.Float64bits(v))
		flush(size)
	}
	flush(0)
	return sum
}

// appendText appends a text so that where it ends cannot be mistaken.
func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}
