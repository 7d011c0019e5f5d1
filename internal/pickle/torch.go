package pickle

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"
)

// TorchMagic begins a file of torch.save in the form from before version 1.6: a pickle of a certain number.
const TorchMagic = "\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."

// What else is fixed of that form:
const (
	torchVersion    = "\x80\x02M\xe9\x03." // a pickle of 1001
	torchNoStorages = "\x80\x02]q\x00."    // a pickle of the list of the tensors' storages, which is empty
)

// readTorchHead reads what comes before the pickle: two of fixed contents and one of the machine that wrote it.
func readTorchHead(s *scanner, limits Limits) error {
	if err := s.expect(TorchMagic, "the mark of torch.save"); err != nil {
		return err
	}
	if err := s.expect(torchVersion, "the version of torch.save's form"); err != nil {
		return err
	}
	_, err := check(s, "", limits)
	return err
}

// readTorchTail reads what follows the pickle.
func readTorchTail(s *scanner) error { return s.expect(torchNoStorages, "a list of no tensors") }

// OpenTorchZip finds the pickle in a file of torch.save in the form since version 1.6, a zip archive. What it returns
// reads it, and checks it at its end.
func OpenTorchZip(file io.ReaderAt, size int64) (func() (io.ReadCloser, error), error) {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, err
	}
	var found *zip.File
	for _, f := range archive.File {
		if folder, name, _ := strings.Cut(f.Name, "/"); folder == "" || name != "data.pkl" {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("two pickles: %.80q and %.80q", found.Name, f.Name)
		}
		found = f
	}
	if found == nil {
		return nil, errors.New("a zip archive without a pickle of torch.save, data.pkl")
	}
	return found.Open, nil
}
