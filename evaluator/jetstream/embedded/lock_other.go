//go:build !unix

package embedded

import "os"

// lockFile does nothing. The caller must prevent other servers from using the directory.
func lockFile(*os.File) error { return nil }
