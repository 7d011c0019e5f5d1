// Package parquetfile reads the text and number columns of Parquet files, and writes such files.
//
// parquet-go writes the files and decodes the footers. The pages are decoded here, because the
// library allocates what a file claims to need, and a file of a few bytes may claim gigabytes;
// reading uses at most 16 times the length of the file plus 64 MiB (see package limit). The package
// reads what pandas, Polars, DuckDB, Spark and parquet-go write: pages of both versions in every
// encoding of the format, uncompressed or compressed with Snappy, Zstandard, gzip, LZ4_RAW or
// Brotli.
package parquetfile

import (
	"encoding/binary"
	"hash/crc32"
	"math"

	"github.com/graphpnas/graphpnas/internal/parallel"
)

// Magic starts and ends every Parquet file.
const Magic = "PAR1"

// File is the contents of a Parquet file.
type File struct {
	Rows     int
	Metadata map[string]string // key-value pairs of the writer
	Columns  []Column          // in the order of the file
}

// Column is a column of text or numbers with a value for each row, or a column that was skipped.
// Only one of Texts, Numbers and Skipped is set.
type Column struct {
	Name    string
	Texts   []string
	Numbers []float64 // finite, or NaN for not recorded: null, NaN or infinite in the file
	Skipped string    // why the column was skipped, such as "it contains dates"
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum returns a CRC-32C of the names, order and contents of the columns. It does not depend on
// their layout in the file.
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
			v = math.NaN() // NaN has many bit patterns
		}
		part = binary.LittleEndian.AppendUint64(part, math.Float64bits(v))
		flush(size)
	}
	flush(0)
	return sum
}

// appendText appends a text preceded by its length, so that the boundaries of texts matter.
func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}
