package report

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/report"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Entry is a search that a page shows if its history has been saved.
type Entry struct {
	// ID identifies the search and all settings that change what it finds.
	ID    string
	Space searchspace.Space
	report.Options
}

// history returns the path of the file with the history of a search.
func history(dir, id string) string {
	h := fnv.New64a()
	_, _ = io.WriteString(h, id) // never fails
	return filepath.Join(dir, "histories", fmt.Sprintf("%016x.jsonl", h.Sum64()))
}

// Keep saves the history of a search in the directory of -out, so that a later run of the program can show it too. It does
// nothing without a directory.
func Keep(dir, id string, h *rl.History) error {
	if dir == "" || h == nil {
		return nil
	}
	path := history(dir, id)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return program.WriteFile(path, h.WriteJSONL)
}

// mostSearches is the maximum number of searches on a page.
const mostSearches = 100

// Page writes report.html in the directory of -out, with the searches whose histories are saved, up to mostSearches. It does
// nothing if there are none.
func Page(dir, title string, entries []Entry) error {
	if dir == "" {
		return nil
	}
	var all []report.Search
	for _, e := range entries {
		if len(all) == mostSearches {
			break
		}
		file, err := os.Open(history(dir, e.ID))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return err
		}
		h, err := rl.ReadJSONL(file, e.Space)
		if err := errors.Join(err, file.Close()); err != nil {
			return fmt.Errorf("%s: %w", file.Name(), err)
		}
		all = append(all, report.Search{Space: e.Space, History: h, Options: e.Options})
	}
	if len(all) == 0 {
		return nil
	}
	return program.WriteFile(filepath.Join(dir, "report.html"), func(w io.Writer) error { return report.WriteAll(w, title, all...) })
}
