package nasbench

import (
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/graphpnas/graphpnas/internal/pickle"
	"github.com/graphpnas/graphpnas/internal/sniff"
)

const (
	maxNATSSingle = 1 << 35 // maximum size in bytes of the pickle of a single file; the published ones have about 5e9
	maxNATSMemory = 1 << 27 // maximum memory in bytes for reading a cell; the published ones take about 3e6
	maxBZip2Ratio = 1 << 9  // maximum compression ratio of a file; that of the published ones is up to 39
)

// OpenNATS reads the benchmark in any of its published formats, which it recognizes by their contents:
//
//   - the directory NATS-tss-v1_0-3ffb9-simple, with an index, meta.pickle.pbz2, and a file for each cell, such as
//     000011.pickle.pbz2, which is read when the cell is first needed. Cells without a file are not recorded;
//   - the single file NATS-tss-v1_0-3ffb9.pickle.pbz2;
//   - NAS-Bench-201-v1_1-096897.pth, also as written by PyTorch 1.6 or later.
//
// For NATS-Bench's size space (NATS-sss-…), archives with trained weights (…-full, …-FULL.pth) and archives that are not unpacked,
// OpenNATS returns an error that explains which file to use instead.
//
// OpenNATS reads a single file twice, which takes minutes at the published size of about 5 GB (before compression), and keeps about 6 KB
// per cell in memory. The files are Python pickles; no code in them is executed, and the memory for reading them is limited. Checksums
// protect the directory and .pbz2 files, but not a .pth file from before PyTorch 1.6.
//
// Errors name the file and, if applicable, the architecture. An error wraps [searchspace.ErrInvalid] if a cell is not in the space.
//
// [searchspace.ErrInvalid]: https://pkg.go.dev/github.com/graphpnas/graphpnas/searchspace#ErrInvalid
func OpenNATS(path string) (*NATS, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("opening NAS-Bench-201: %w", err)
	}
	if err := checkNATSName(path); err != nil {
		return nil, err
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
			return nil, errors.New("the key is not the index of an architecture")
		}
		a, err := decodeNATSArch(value)
		if err == nil {
			_, err = parseNATSArch(a.notation)
		}
		records[index] = a
		return nil, err
	})
	if err == nil {
		err = n.setSingle(value, records)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", n.name, explainNATS(err))
	}
	return nil
}

// loadNATSSingle loads the pickle of a single file of any format. It calls each for the record of every architecture.
func loadNATSSingle(file *os.File, each func(key, value any) (any, error)) (any, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	whole := func() io.Reader { return io.NewSectionReader(file, 0, size) }
	open := func() (io.ReadCloser, error) { return io.NopCloser(whole()), nil }
	options := pickle.Options{Split: "arch2infos", Each: each}
	options.Limits = pickle.Limits{Size: min(maxNATSSingle, size*maxBZip2Ratio), File: size, Memory: maxNATSMemory}

	head := make([]byte, sniff.HeadSize)
	n, err := io.ReadFull(whole(), head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	head = head[:n]
	switch format := sniff.Name(head); {
	case bytes.HasPrefix(head, []byte("BZh")):
		open = func() (io.ReadCloser, error) { return io.NopCloser(bzip2.NewReader(whole())), nil }
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		if open, err = pickle.OpenTorchZip(file, size); err != nil {
			return nil, err
		}
	case bytes.HasPrefix(head, []byte(pickle.TorchMagic)):
		options.Torch = true
	case strings.HasPrefix(format, "a tar archive"):
		return nil, errNATSTar
	case format != "":
		return nil, fmt.Errorf("this is %s, not a file of NAS-Bench-201; %s", format, natsInstead)
	default:
		return nil, errors.New("this is not a file of NAS-Bench-201: it is neither compressed with bzip2 nor written by torch.save; " +
			natsInstead)
	}
	value, err := pickle.Load(open, options)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("the file ends too soon; is the download complete? %w", err)
	}
	return value, err
}

// setSingle stores the contents of a single file.
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
