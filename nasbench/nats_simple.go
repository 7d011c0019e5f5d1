package nasbench

import (
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/graphpnas/graphpnas/internal/pickle"
	"github.com/graphpnas/graphpnas/searchspace"
)

// maxNATSFile is the maximum size in bytes of a pickle in a directory; the published ones have up to 1.4e6.
const maxNATSFile = 1 << 24

// natsIndexName is the name of the index of a directory.
const natsIndexName = "meta.pickle.pbz2"

// cellPath returns the path of a cell's file in a directory.
func (n *NATS) cellPath(index int) string {
	return filepath.Join(n.name, fmt.Sprintf("%06d.pickle.pbz2", index))
}

// readIndex reads the index of a directory.
func (n *NATS) readIndex() error {
	path := filepath.Join(n.name, natsIndexName)
	value, err := loadNATSFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return explainNoIndex(n.name, err)
	}
	if err != nil {
		return err
	}
	if info, err := os.Stat(n.cellPath(0)); err == nil { // if one cell has weights, all have
		if err := checkNATSCompressed(n.cellPath(0), info); err != nil {
			return err
		}
	}
	index, err := natsFields(value, "meta_archs")
	if err == nil {
		err = n.setArchs(index["meta_archs"])
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// arch returns the training runs of a cell.
func (n *NATS) arch(index int) (*natsArch, error) {
	a := n.loaded[index].Load()
	var err error
	switch {
	case a != nil:
		return a, nil
	case n.simple:
		a, err = n.loadArch(index)
	default:
		err = fmt.Errorf("%s: %w", n.name, ErrNotRecorded)
	}
	if err != nil {
		return nil, fmt.Errorf("architecture %d %s: %w", index, searchspace.Text(n.Space(), n.archs[index]), err)
	}
	return a, nil
}

// loadArch loads the training runs of a cell from the directory, and caches them.
func (n *NATS) loadArch(index int) (*natsArch, error) {
	path := n.cellPath(index)
	value, err := loadNATSFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrNotRecorded, err)
	}
	if err != nil {
		return nil, err
	}
	a, err := decodeNATSArch(value)
	if err == nil {
		err = n.set(index, a)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// loadNATSFile loads a pickle of a directory.
func loadNATSFile(path string) (any, error) {
	data, size, err := readBZip2(path)
	if err != nil {
		return nil, err
	}
	value, err := pickle.Loads(data, pickle.Limits{Size: int64(len(data)), File: size, Memory: maxNATSMemory})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, explainNATS(err))
	}
	return value, nil
}

// readBZip2 returns the contents and the length of a compressed file of a directory.
func readBZip2(path string) (contents []byte, size int64, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	if err := checkNATSCompressed(path, info); err != nil {
		return nil, 0, err
	}
	most := min(maxNATSFile, maxBZip2Ratio*info.Size())
	var data bytes.Buffer
	data.Grow(int(min(most, 5*info.Size()))) // the published files are compressed to a quarter
	_, err = data.ReadFrom(io.LimitReader(bzip2.NewReader(file), most+1))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("the file ends too soon; is the download complete? %w", err)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	if int64(data.Len()) > most {
		return nil, 0, fmt.Errorf("%s: it contains more than %d bytes, too many for a cell without weights; %s", path, most, natsInstead)
	}
	return data.Bytes(), info.Size(), nil
}
