//go:build !unix

package embedded

import "os"

// lockFile leaves it to the user elsewhere.
func lockFile(*os.File) error { return nil }
