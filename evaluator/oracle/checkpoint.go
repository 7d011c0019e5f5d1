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

// defaultEvery limits the time that a crash can cost. It is long enough that writing does not slow down a training run.
const defaultEvery = 30 * time.Second

// Checkpoint saves the state of a training run in a file while it runs. A training run that was stopped or killed continues
// from the file and ends with the same weights. If a process is killed while it writes, it leaves a file that ends in .tmp,
// which is never read.
type Checkpoint struct {
	// Path is the path of the file.
	Path string
	// Every is the minimum time between two writes, which happen at the end of an epoch. 0 means 30 seconds, so a short
	// training writes no file.
	Every time.Duration

	atEnd bool                                   // whether to write the file at the end too
	until int                                    // number of epochs after which to stop; 0 means all
	each  func(context.Context, *Training) error // called after each epoch; may be nil
}

// Run loads the file if it exists, and trains for the remaining epochs. The file is replaced atomically, after the
// new one has been synced to disk. Run returns the errors of Training.Load and Training.Epoch, and errors of the
// file, which name it.
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

// goes reports whether there are epochs left to train.
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

// Remove removes the file. It does nothing if the file does not exist.
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

// save writes and syncs a new file, and renames it to replace the old one.
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

// syncDirectory makes a rename survive a power failure. Windows cannot sync directories, and need not.
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
