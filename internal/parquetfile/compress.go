package parquetfile

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// zstdDecoder decodes at most as much as fits the destination.
var zstdDecoder = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecodeAllCapLimit(true))
})

var errSize = errors.New("the decompressed data does not have the length that the file says")

// decompress returns the decompressed data, which must have size bytes. It is valid until the next
// call.
func (d *columnDecoder) decompress(data []byte, size int) ([]byte, error) {
	if size == 0 {
		return nil, nil // writers encode empty data differently
	}
	if d.decompressed.Add(-int64(size)) < 0 {
		return nil, errTooLong
	}
	if d.codec == format.Uncompressed {
		if len(data) != size {
			return nil, errSize
		}
		return data, nil
	}
	var err error
	if d.buffer, err = room(d, d.buffer, size); err != nil {
		return nil, err
	}
	to, err := d.decompressTo(d.buffer[:size], data)
	if err == nil && len(to) != size {
		err = errSize
	}
	if err != nil {
		return nil, fmt.Errorf("decompressing: %w", err)
	}
	return to, nil
}

// decompressTo decompresses data to the beginning of to and returns that part.
func (d *columnDecoder) decompressTo(to, data []byte) ([]byte, error) {
	switch d.codec {
	case format.Snappy:
		if n, err := snappy.DecodedLen(data); err != nil || n != len(to) {
			return nil, errors.Join(err, errSize)
		}
		return snappy.Decode(to, data)
	case format.Zstd:
		decoder, err := zstdDecoder()
		if err != nil {
			return nil, err
		}
		return decoder.DecodeAll(data, to[:0:len(to)])
	case format.Lz4Raw:
		n, err := lz4.UncompressBlock(data, to)
		return to[:max(0, n)], err
	case format.Gzip:
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		return to, readExactly(z, to)
	case format.Brotli:
		return to, d.brotli.decode(to, data)
	case format.Lz4:
		return nil, errors.New("LZ4 in Hadoop's framing is not supported; write the file with LZ4_RAW, Snappy or Zstandard")
	}
	return nil, fmt.Errorf("%v is not supported; write the file with Zstandard or Snappy", d.codec)
}

// readExactly fills to. It returns an error if more data follows.
func readExactly(r io.Reader, to []byte) error {
	if _, err := io.ReadFull(r, to); err != nil {
		return err
	}
	if n, err := r.Read(make([]byte, 1)); n > 0 || err != io.EOF {
		return errSize
	}
	return nil
}

// brotliDecoder is used by one column at a time, because a few bytes of Brotli can make its reader
// allocate 16 MiB. After an error, the reader is dropped and nothing more is decoded.
type brotliDecoder struct {
	mutex  sync.Mutex
	reader brotli.Reader
	failed bool
}

// errOther is the error for columns that are not read because another one is damaged.
var errOther = errors.New("another column could not be decompressed")

func (b *brotliDecoder) decode(to, data []byte) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.failed {
		return errOther
	}
	b.failed = true // also if it panics
	_ = b.reader.Reset(bytes.NewReader(data))
	if err := readExactly(&b.reader, to); err != nil {
		return err
	}
	b.failed = false
	return nil
}
