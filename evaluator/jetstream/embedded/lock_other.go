//go:build !unix

package embedded

import "os"

// lockFile does nothing: the caller must make sure that no other server uses the directory.
func lockFile(*os.File) error { return nil }
