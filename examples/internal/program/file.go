package program

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// WriteFile writes a file completely or not at all: it writes a temporary file in the same directory, and renames it
// when it is complete and on disk. A reader never sees half a file, and a program that is killed leaves the earlier
// file.
func WriteFile(path string, content func(io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	if err = content(file); err == nil {
		err = errors.Join(file.Chmod(0o644), file.Sync())
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
