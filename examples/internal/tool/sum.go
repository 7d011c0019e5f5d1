package tool

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
)

// Sum returns the SHA-256 of a file in hexadecimal. It identifies what a tool has read.
func Sum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}
