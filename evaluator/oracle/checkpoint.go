package oracle

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// defaultEvery is as much as may be lost, and so long that writing does not slow a training down.
const defaultEvery = 30 * time.Second

// Checkpoint is a file in which a training is kept while it runs, so that what is stopped or killed goes on from there, to
// the same weights. One that is killed in the moment of writing leaves a file ending in .tmp beside it, which nobody reads.
type Checkpoint struct {
	// Path is the file's name.
	Path string
	// Every is after how long the file is written again, at the end of an epoch; 0: 30 s. So a short training writes none.
	Every time.Duration

	atEnd bool // the file is written at the training's end in any case
}

// Run goes on from the file if there is one, and trains for the epochs that are left. A file is replaced as a whole, and on
// disk before that. Errors are those of Training.Load and Training.Epoch, and those of the file, which they name.
func (c Checkpoint) Run(ctx context.Context, t *Training) error {
	if err := c.load(t); err != nil {
		return fmt.Errorf("checkpoint %s: %w", c.Path, err)
	}
	every := c.Every
	if every == 0 {
		every = defaultEvery
	}
	saved := time.Now()
	for !t.Done() {
		if err := t.Epoch(ctx); err != nil {
			return err
		}
		if time.Since(saved) < every && !(c.atEnd && t.Done()) {
			continue
		}
		if err := c.save(t); err != nil {
			return fmt.Errorf("checkpoint %s: %w", c.Path, err)
		}
		saved = time.Now()
	}
	return nil
}

// Remove removes the file, which need not be there.
func (c Checkpoint) Remove() error {
	if err := os.Remove(c.Path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (c Checkpoint) load(t *Training) error {
	file, err := os.Open(c.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	return t.Load(bufio.NewReader(file))
}

// save writes a new file and gives it the old one's name when it is on disk.
func (c Checkpoint) save(t *Training) error {
	dir, name := filepath.Split(c.Path)
	file, err := os.CreateTemp(filepath.Clean(dir), name+".*.tmp")
	if err != nil {
		return err
	}
	err = t.Save(file)
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), c.Path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return syncDirectory(filepath.Clean(dir))
}

// syncDirectory has a new name survive a loss of power. Windows cannot, and need not, sync directories.
func syncDirectory(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
