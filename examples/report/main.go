// Report writes a page about the searches in a store, while they run or after they have ended. You learn how to
// read a search's history from its record:
//
//	go run ./examples/nasbench201 -table digits201 -valid valid -out searched
//	go run ./examples/report -store searched/search.db -space nasbench201 -out report.html
//
// The page shows all searches of the space that the store has recorded, or the one that -search names. If none is recorded,
// it shows the stored evaluations of the objective. For your own space, copy this program and replace spaceNamed.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/report"
	"github.com/graphpnas/graphpnas/searchspace"
)

type options struct {
	store, space, objective, unit, search, out string
}

func main() {
	var o options
	flag.StringVar(&o.store, "store", "", "`file` of the store")
	flag.StringVar(&o.space, "space", "nasbench201", "`name` of the space: nasbench201, nasbench101, darts-4, enas-macro-12, randwire-32-32-32 or the like")
	flag.StringVar(&o.objective, "objective", "", "`objective` of the stored evaluations, as the search named it")
	flag.StringVar(&o.unit, "unit", "", "unit of budgets, such as epochs, if searches have several")
	flag.StringVar(&o.search, "search", "", "`name` of one recorded search (default: all)")
	flag.StringVar(&o.out, "out", "report.html", "`file` to write")
	program.About("Report writes an HTML page about the searches in a store.")
	program.Main(func(ctx context.Context) error { return run(ctx, o, os.Stdout, os.Stderr) })
}

func run(ctx context.Context, o options, stdout, stderr io.Writer) error {
	if o.store == "" {
		return program.Usagef("-store is required: the file of a store")
	}
	space, err := spaceNamed(o.space)
	if err != nil {
		return program.Usagef("-space: %v", err)
	}
	if _, err := os.Stat(o.store); err != nil {
		return err // Open would create a new store
	}
	db, err := store.Open(o.store)
	if err != nil {
		return err
	}
	defer db.Close()
	searches, err := read(ctx, db, space, o, stderr)
	if err != nil {
		return err
	}
	if err := program.WriteFile(o.out, func(w io.Writer) error { return report.WriteAll(w, "", searches...) }); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "searches: %d; open %s in a browser\n", len(searches), o.out)
	return err
}

// read returns the recorded searches of a space, or the evaluations if none is recorded. It names the searches of other spaces
// on stderr.
func read(ctx context.Context, db *store.DB, space searchspace.Space, o options, stderr io.Writer) ([]report.Search, error) {
	archs, err := architectures(ctx, db, space)
	if err != nil {
		return nil, err
	}
	names, err := db.Searches(ctx)
	if err != nil {
		return nil, err
	}
	named := func(name string) report.Options {
		return report.Options{Name: name, Objective: cmp.Or(o.objective, "value"), Unit: o.unit}
	}
	var all []report.Search
	for _, name := range names {
		if o.search != "" && name != o.search {
			continue
		}
		h, err := rl.ReadRecord(ctx, space, db.Recorder(name), func(key string) (searchspace.Arch, bool) {
			a, ok := archs[key]
			return a, ok
		})
		switch {
		case err == nil:
			all = append(all, report.Search{Space: space, History: h, Options: named(name)})
		case errors.Is(err, rl.ErrOtherSearch) && o.search == "":
			fmt.Fprintf(stderr, "search %q is left out, because it is not in the space %s\n", name, space.Name())
		default:
			return nil, fmt.Errorf("search %q: %w", name, err)
		}
	}
	switch {
	case len(all) > 0:
		return all, nil
	case o.search != "":
		return nil, fmt.Errorf("%s has no search %q; its searches are %q", o.store, o.search, names)
	}
	h, err := evaluated(ctx, db, space, o)
	return []report.Search{{Space: space, History: h, Options: named("all evaluations")}}, err
}

// architectures returns the architectures of a space in the store, by key.
func architectures(ctx context.Context, db *store.DB, space searchspace.Space) (map[string]searchspace.Arch, error) {
	lines, w := io.Pipe()
	defer lines.Close()
	go func() { w.CloseWithError(db.WriteJSONL(ctx, w)) }()
	archs := map[string]searchspace.Arch{}
	for d := json.NewDecoder(lines); ; {
		var e struct {
			Space, Key string
			Arch       searchspace.Arch
		}
		switch err := d.Decode(&e); {
		case errors.Is(err, io.EOF):
			return archs, nil
		case err != nil:
			return nil, err
		case e.Space == space.Name():
			if err := space.Validate(e.Arch); err != nil {
				return nil, fmt.Errorf("the architecture with the key %.80q: %w", e.Key, err)
			}
			archs[e.Key] = e.Arch
		}
	}
}

// evaluated returns the stored evaluations of the objective.
func evaluated(ctx context.Context, db *store.DB, space searchspace.Space, o options) (*rl.History, error) {
	h := &rl.History{Space: space.Name()}
	for found, err := range db.Evaluations(ctx, space, o.objective) {
		if err != nil {
			return nil, err
		}
		h.Evaluations = append(h.Evaluations, rl.Evaluation{
			Trial:  rl.Trial{ID: found.Index, Arch: found.Arch, Key: space.Key(found.Arch), Budget: found.Budget},
			Result: found.Result, Err: found.Err,
		})
	}
	if len(h.Evaluations) == 0 {
		return nil, fmt.Errorf("%s has neither a recorded search nor an evaluation in %s with the objective %q", o.store, o.space, o.objective)
	}
	return h, nil
}

// spaceNamed returns a published space.
func spaceNamed(name string) (searchspace.Space, error) {
	kind, sizes, _ := strings.Cut(name, "-")
	var numbers []int
	for text := range strings.FieldsFuncSeq(sizes, func(r rune) bool { return r < '0' || r > '9' }) {
		var n int
		if _, err := fmt.Sscan(text, &n); err != nil || n < 1 || n > 1000 {
			return nil, fmt.Errorf("the sizes in %q must be from 1 to 1000", name)
		}
		numbers = append(numbers, n)
	}
	switch {
	case name == "nasbench201":
		return searchspace.NASBench201{}, nil
	case name == "nasbench101":
		return searchspace.NASBench101{}, nil
	case kind == "randwire" && len(numbers) > 0:
		return searchspace.NewRandWire(numbers...)
	case kind == "enas" && len(numbers) == 1:
		return searchspace.NewENASMacro(numbers[0])
	case kind == "darts" && len(numbers) == 1:
		return searchspace.NewDARTS(numbers[0])
	}
	return nil, fmt.Errorf("unknown space %q", name)
}
