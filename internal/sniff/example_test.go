package sniff_test

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/sniff"
)

// The types of some files that users download by mistake.
func ExampleName() {
	for _, head := range []string{"<!DOCTYPE html><html>Not found", "PK\x03\x04\x14\x00", "accuracy,epochs\n", "\x00\x01\x02"} {
		fmt.Printf("%q\n", sniff.Name([]byte(head)))
	}
	// Output:
	// "an HTML page, which servers send instead of a missing file"
	// "a zip archive"
	// "a text file"
	// ""
}
