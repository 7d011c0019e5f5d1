package pickle

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"
)

// TorchMagic starts a file of torch.save in the format before version 1.6. It is a pickle of a
// certain number.
const TorchMagic = "\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."

// Other fixed parts of that format:
const (
	torchVersion    = "\x80\x02M\xe9\x03." // a pickle of 1001
	torchNoStorages = "\x80\x02]q\x00."    // a pickle of the list of tensor storages, which must be empty
)

// readTorchHead reads what precedes the pickle: two pickles with fixed contents and one that
// describes the machine that wrote it.
func readTorchHead(s *scanner, limits Limits) error {
	if err := s.expect(TorchMagic, "the mark of torch.save"); err != nil {
		return err
	}
	if err := s.expect(torchVersion, "the version of torch.save's format"); err != nil {
		return err
	}
	_, err := check(s, "", limits)
	return err
}

// readTorchTail reads what follows the pickle.
func readTorchTail(s *scanner) error { return s.expect(torchNoStorages, "an empty list of tensors") }

// OpenTorchZip finds the pickle in a file of torch.save in the format since version 1.6, a zip
// archive. It returns a function that opens the pickle. The reader verifies the checksum at the
// end.
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
			return nil, fmt.Errorf("the archive must have one pickle, got %.80q and %.80q", found.Name, f.Name)
		}
		found = f
	}
	if found == nil {
		return nil, errors.New("the zip archive must contain a pickle of torch.save, data.pkl")
	}
	return found.Open, nil
}
