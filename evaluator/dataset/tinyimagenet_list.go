package dataset

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// maxList is the maximum size of a list in bytes; the longest published one has 400 kB.
const maxList = 1 << 24

// readList reads a file and parses its text.
func readList[T any](path string, parse func(text string) (T, error)) (list T, err error) {
	file, err := os.Open(path)
	if err != nil {
		return list, fmt.Errorf("opening a list: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxList+1))
	if err != nil {
		return list, err
	}
	if len(text) > maxList {
		return list, fmt.Errorf("%s has more than %d bytes", path, maxList)
	}
	if list, err = parse(string(text)); err != nil {
		return list, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

// wnid matches the WordNet id of a noun.
var wnid = regexp.MustCompile(`^n[0-9]{8}$`)

// parseWNIDs reads a list of classes.
func parseWNIDs(text string) ([]string, error) {
	seen := map[string]bool{}
	var list []string
	for i, line := range lines(text) {
		if !wnid.MatchString(line) {
			return nil, fmt.Errorf("line %d: %q is not a WordNet id such as n01443537", i+1, line)
		}
		if seen[line] {
			return nil, fmt.Errorf("line %d: %s appears twice", i+1, line)
		}
		seen[line] = true
		list = append(list, line)
	}
	if list == nil {
		return nil, errors.New("the list contains no class")
	}
	return list, nil
}

// annotations are the names of images and their labels.
type annotations struct {
	names  []string
	labels []int
}

// annotationFields is the number of tab-separated fields in a line of val_annotations.txt: the name of the image, its class and the
// sides of a bounding box.
const annotationFields = 6

// parseAnnotations parses a list of images with their classes.
func parseAnnotations(text string, classes map[string]int) (annotations, error) {
	var list annotations
	seen := map[string]bool{}
	for i, line := range lines(text) {
		fields := strings.Split(line, "\t")
		if len(fields) != annotationFields {
			return annotations{}, fmt.Errorf("line %d must have %[3]d fields, got %[2]d", i+1, len(fields), annotationFields)
		}
		name := fields[0]
		if name == "." || name != filepath.Base(name) || !filepath.IsLocal(name) {
			return annotations{}, fmt.Errorf("line %d: %q is not the name of an image", i+1, name)
		}
		if seen[name] {
			return annotations{}, fmt.Errorf("line %d: %s appears twice", i+1, name)
		}
		seen[name] = true
		label, ok := classes[fields[1]]
		if !ok {
			return annotations{}, fmt.Errorf("line %d: unknown class %q", i+1, fields[1])
		}
		list.names = append(list.names, name)
		list.labels = append(list.labels, label)
	}
	if list.names == nil {
		return annotations{}, errors.New("the list contains no image")
	}
	return list, nil
}

// lines returns the lines of a text, without line ends.
func lines(text string) []string {
	text = strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
