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

// Checkpoint is a file in which a training is kept while it runs. A training that was stopped or killed continues from there,
// to the same weights. One that is killed while it writes leaves a file that ends in .tmp, which is never read.
type Checkpoint struct {
	// Path is the file's name.
	Path string
	// Every is how long it takes until the file is written again, at the end of an epoch; 0 means 30 seconds, so a short
	// training writes none.
	Every time.Duration

	atEnd bool                                   // the file is also written at the end
	until int                                    // the epoch to end after; 0 means the recipe's last
	each  func(context.Context, *Training) error // called after each epoch, unless nil
}

// Run continues from the file if there is one, and trains for the epochs that are left. The file is replaced as a whole, and
// the new one is on disk before that. Errors are those of Training.Load and Training.Epoch, and those of the file, which they name.
func (c Checkpoint) Run(ctx context.Context, t *Training) error {
	if err := c.load(t); err != nil {
		return fmt.Errorf("checkpoint %s: %w", c.Path, err)
	}
	every := c.Every
	if every == 0 {
		every = defaultEvery
	}
	saved := time.Now()
	for c.goes(t) {
		if err := c.epoch(ctx, t); err != nil {
			return err
		}
		if time.Since(saved) < every && (!c.atEnd || c.goes(t)) {
			continue
		}
		if err := c.save(t); err != nil {
			return fmt.Errorf("checkpoint %s: %w", c.Path, err)
		}
		saved = time.Now()
	}
	return nil
}

// goes reports whether there are epochs left.
func (c Checkpoint) goes(t *Training) bool {
	return !t.Done() && (c.until == 0 || t.progress.Epoch < c.until)
}

// epoch trains for one epoch.
func (c Checkpoint) epoch(ctx context.Context, t *Training) error {
	if err := t.Epoch(ctx); err != nil || c.each == nil {
		return err
	}
	return c.each(ctx, t)
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
