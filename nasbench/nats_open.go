package nasbench

import (
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/graphpnas/graphpnas/internal/pickle"
)

const (
	maxNATSSingle = 1 << 35 // bytes of the pickle of a single file; the published ones have about 5e9
	maxNATSMemory = 1 << 27 // bytes that reading a cell may take; the published ones take about 3e6
	maxBZip2Ratio = 1 << 9  // how many times as long as the file its contents may be; the published ones are up to 39
)

// OpenNATS reads the benchmark in any of its published forms, which it tells by their contents:
//
//   - the directory NATS-tss-v1_0-3ffb9-simple, of an index, meta.pickle.pbz2, and of a file for each cell, such as
//     000011.pickle.pbz2, which is read when the cell is first asked for. Cells without a file are not recorded;
//   - the single file NATS-tss-v1_0-3ffb9.pickle.pbz2;
//   - NAS-Bench-201-v1_1-096897.pth, and the like written by PyTorch 1.6 or later.
//
// A single file is read through twice before OpenNATS returns, which takes minutes at the published size of some 5 GB
// (before compression), and some 6 KB of memory a cell are kept. They are pickles of Python; none of what one may say is
// executed, and what it may make this library allocate is bounded. Directory and .pbz2 are protected by checksums, a
// .pth of before PyTorch 1.6 is not.
//
// An error names the file, and the architecture where it is about one. It wraps [searchspace.ErrInvalid] for what is no
// cell of the space.
//
// [searchspace.ErrInvalid]: https://pkg.go.dev/github.com/graphpnas/graphpnas/searchspace#ErrInvalid
func OpenNATS(path string) (*NATS, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("opening NAS-Bench-201: %w", err)
	}
	n := &NATS{name: path, simple: info.IsDir(), rows: map[string]int{}}
	if n.simple {
		err = n.readIndex()
	} else {
		err = n.readSingle()
	}
	if err != nil {
		return nil, err
	}
	return n, nil
}

// readSingle reads a single file.
func (n *NATS) readSingle() error {
	file, err := os.Open(n.name)
	if err != nil {
		return fmt.Errorf("opening NAS-Bench-201: %w", err)
	}
	defer file.Close()
	records := map[int]*natsArch{}
	value, err := loadNATSSingle(file, func(key, value any) (any, error) {
		index, ok := key.(int)
		if !ok {
			return nil, errors.New("not an index of an architecture")
		}
		a, err := decodeNATSArch(value)
		records[index] = a
		return nil, err
	})
	if err == nil {
		err = n.setSingle(value, records)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", n.name, err)
	}
	return nil
}

// loadNATSSingle loads the pickle of a single file of any form. What is recorded of an architecture goes through each.
func loadNATSSingle(file *os.File, each func(key, value any) (any, error)) (any, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	whole := func() io.Reader { return io.NewSectionReader(file, 0, size) }
	open := func() (io.ReadCloser, error) { return io.NopCloser(whole()), nil }
	options := pickle.Options{Split: "arch2infos", Each: each}
	options.Limits = pickle.Limits{Size: min(maxNATSSingle, size*maxBZip2Ratio), Memory: maxNATSMemory}

	head := make([]byte, len(pickle.TorchMagic))
	if _, err := io.ReadFull(whole(), head); err != nil {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("BZh")):
		open = func() (io.ReadCloser, error) { return io.NopCloser(bzip2.NewReader(whole())), nil }
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		if open, err = pickle.OpenTorchZip(file, size); err != nil {
			return nil, err
		}
	case string(head) == pickle.TorchMagic:
		options.Torch = true
	default:
		return nil, errors.New("neither compressed with bzip2 nor a file of torch.save")
	}
	return pickle.Load(open, options)
}

// setSingle sets what a single file holds.
func (n *NATS) setSingle(value any, records map[int]*natsArch) error {
	fields, err := natsFields(value, "meta_archs", "arch2infos")
	if err != nil {
		return err
	}
	if err := n.setArchs(fields["meta_archs"]); err != nil {
		return err
	}
	for index, a := range records {
		if err := n.set(index, a); err != nil {
			return fmt.Errorf("architecture %d: %w", index, err)
		}
	}
	return nil
}
