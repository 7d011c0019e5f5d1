package parquetfile

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

// zstdDecoder stops where the memory that it is given ends.
var zstdDecoder = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecodeAllCapLimit(true))
})

var errSize = errors.New("not as long as it says")

// decompress returns what is compressed in data, which has to be so many bytes. They are valid until the next call.
func (d *columnDecoder) decompress(data []byte, size int) ([]byte, error) {
	if d.left.Add(-int64(size)) < 0 {
		return nil, errors.New("what is compressed in the file is too long for it")
	}
	if d.codec == format.Uncompressed {
		if len(data) != size {
			return nil, errSize
		}
		return data, nil
	}
	if cap(d.buffer) < size {
		d.buffer = make([]byte, size)
	}
	to := d.buffer[:size]
	var err error
	switch d.codec {
	case format.Snappy:
		var n int
		if n, err = snappy.DecodedLen(data); err == nil && n == size {
			to, err = snappy.Decode(to, data)
		} else {
			to = nil
		}
	case format.Zstd:
		var decoder *zstd.Decoder
		if decoder, err = zstdDecoder(); err == nil {
			to, err = decoder.DecodeAll(data, to[:0:size])
		}
	case format.Gzip:
		err = gunzip(to, data)
	default:
		err = fmt.Errorf("compression %v is not read", d.codec)
	}
	if err == nil && len(to) != size {
		err = errSize
	}
	if err != nil {
		return nil, fmt.Errorf("decompressing: %w", err)
	}
	return to, nil
}

// gunzip decompresses as many bytes as there is room for, and nothing must follow.
func gunzip(to, data []byte) error {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return err
	}
	if _, err := io.ReadFull(z, to); err != nil {
		return err
	}
	if n, err := z.Read(make([]byte, 1)); n > 0 || err != io.EOF {
		return errSize
	}
	return nil
}
