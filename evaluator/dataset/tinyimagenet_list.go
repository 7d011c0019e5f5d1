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

// maxList is the most bytes of a list of Tiny-ImageNet; the longest has 400 kB.
const maxList = 1 << 24

// readList parses a file of lines.
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

// wnid is the form of WordNet's numbers of nouns.
var wnid = regexp.MustCompile(`^n[0-9]{8}$`)

// parseWNIDs reads a list of classes.
func parseWNIDs(text string) ([]string, error) {
	seen := map[string]bool{}
	var list []string
	for i, line := range lines(text) {
		if !wnid.MatchString(line) {
			return nil, fmt.Errorf("line %d: %q is not like n01443537", i+1, line)
		}
		if seen[line] {
			return nil, fmt.Errorf("line %d: %s stands twice", i+1, line)
		}
		seen[line] = true
		list = append(list, line)
	}
	if list == nil {
		return nil, errors.New("it names no class")
	}
	return list, nil
}

// annotations are the names of images and their labels.
type annotations struct {
	names  []string
	labels []int
}

// annotationFields is what a line of val_annotations.txt has, between tabs: the image's name, its class and the sides of a
// box in it.
const annotationFields = 6

// parseAnnotations reads a list of images of these classes.
func parseAnnotations(text string, classes map[string]int) (annotations, error) {
	var list annotations
	seen := map[string]bool{}
	for i, line := range lines(text) {
		fields := strings.Split(line, "\t")
		if len(fields) != annotationFields {
			return annotations{}, fmt.Errorf("line %d: %d fields, not %d", i+1, len(fields), annotationFields)
		}
		name := fields[0]
		if name == "." || name != filepath.Base(name) || !filepath.IsLocal(name) {
			return annotations{}, fmt.Errorf("line %d: %q is no name of an image", i+1, name)
		}
		if seen[name] {
			return annotations{}, fmt.Errorf("line %d: %s stands twice", i+1, name)
		}
		seen[name] = true
		label, ok := classes[fields[1]]
		if !ok {
			return annotations{}, fmt.Errorf("line %d: %q is none of the classes", i+1, fields[1])
		}
		list.names = append(list.names, name)
		list.labels = append(list.labels, label)
	}
	if list.names == nil {
		return annotations{}, errors.New("it names no image")
	}
	return list, nil
}

// lines returns the lines of a text, without what ends them.
func lines(text string) []string {
	text = strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
