package embedded

import (
	"fmt"
	"os"
	"path/filepath"
)

// lock creates the directory if it does not exist, and prevents other servers from using it until the returned file is closed. The
// system closes the file if the program dies.
func lock(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		_ = f.Close() // nothing was written
		return nil, fmt.Errorf("another server uses the directory %s: %w", dir, err)
	}
	return f, nil
}
