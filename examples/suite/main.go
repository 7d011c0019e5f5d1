// Suite runs search methods on many tables of architectures and compares them over all tables: by average rank and by
// normalized regret, with intervals over families of tables and seeds.
//
//	go run ./examples/suite -data tables -seeds 20 -out suite
//	go run ./examples/suite -only chain20 -methods local,evolution,random -seeds 5 -out suite
//	go run ./examples/suite -data tables -only cifar10-200,cifar100-200 -until-best 2000 -seeds 50 -out suite
//
// The second command needs no data. The third searches until the best of a table is found, and counts the evaluations.
//
// The list of tables is a JSON file, by default examples/suite/tables.json; add yours to a copy of it. There are three
// kinds of tables: a file of recorded architectures, a surrogate that is trained on such a file when the suite begins,
// and a synthetic objective.
//
// The program writes these files to the directory given by -out:
//
//   - suite.md, suite.csv and the plot suite.png (also as .svg and .pdf);
//
//   - report.html, a page that shows each table's searches with the first seed;
//
//   - surrogates, a directory of trained surrogates;
//
//   - runs.jsonl, with a line for each finished search.
//
//     go run ./examples/suite -data tables -only cifar10-12 -methods causal,lstm -draws 2000 -out suite
//
// With -draws, the program compares the generators that the searches have trained: how many of their draws are good, at
// the same entropy. It writes draws.md, and draws.jsonl with a line for each table and seed.
//
// If you press Ctrl-C, the program writes the reports for the searches that have finished. The same command then runs
// the others. To add seeds, tables or methods, run it again with these: only the missing searches run. Delete runs.jsonl
// when a method has changed.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/graphpnas/graphpnas/examples/internal/tool"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/internal/progress"
)

type options struct {
	tables, data   string
	only, half     string
	methods        string
	against        string
	seeds          int
	seed           uint64
	evals          int
	untilBest      int
	draws          int
	makeReferences bool
	out            string
	training       training // settings of surrogates: the standard ones, which tests make smaller
}

func main() {
	var o options
	flag.StringVar(&o.tables, "tables", filepath.Join("examples", "suite", "tables.json"), "JSON file that lists the tables")
	flag.StringVar(&o.data, "data", os.Getenv("GRAPHPNAS_DATA"),
		"directory of the files that the list names (default: GRAPHPNAS_DATA, or else the directory of the list)")
	flag.StringVar(&o.only, "only", "", "names of tables, separated by commas (default: all)")
	flag.StringVar(&o.half, "half", "", "choose or report: only the tables that the list marks so; choose settings on the first half, "+
		"and report results on the second")
	flag.StringVar(&o.methods, "methods", strings.Join(tool.Names(methods.All), ","),
		"methods to compare, separated by commas or +, in the order of the printed tables; random:200 gives a method its own number of seeds")
	flag.StringVar(&o.against, "against", "", "method that the others are compared with (default: ranked, or the first method)")
	tool.SeedFlags(flag.CommandLine, &o.seed, &o.seeds, 20, "searches of each table with each method")
	flag.IntVar(&o.evals, "evals", 0, "evaluations in each search (default: as in the list, or 100)")
	flag.IntVar(&o.untilBest, "until-best", 0, "search until the best of a table is found, for at most this many evaluations")
	flag.IntVar(&o.draws, "draws", 0, "instead of what searches find, compare what their trained generators draw: the share of this number of draws that are among "+
		"the best 1 % of a table, at equal entropy; 0 compares what searches find")
	flag.BoolVar(&o.makeReferences, "reference", false, "before searching, estimate the best and the median of each table that is too large to list, and write "+
		"them to a file beside the list; the best includes what finished searches have found")
	flag.StringVar(&o.out, "out", "", "directory for reports, finished searches and trained surrogates")
	program.About(`
Suite runs search methods on many tables of architectures and ranks them over all tables. For a first look without data:

  go run ./examples/suite -only chain20 -methods local,evolution,random -seeds 5 -out suite`)
	program.Main(func(ctx context.Context) error { return run(ctx, o, os.Stdout, os.Stderr) })
}

func run(ctx context.Context, o options, stdout io.Writer, stderr *os.File) error {
	if err := o.validate(); err != nil {
		return err
	}
	s := &suite{options: o}
	var err error
	if s.methods, err = methods.Contenders(o.methods, o.seeds); err != nil {
		return err
	}
	if s.against, err = methods.Baseline("against", o.against, "ranked", s.methods); err != nil {
		return err
	}
	entries, err := readList(o.tables)
	if err != nil {
		return err
	}
	if entries, err = choose(entries, o.only, o.half); err != nil {
		return err
	}
	if err := os.MkdirAll(o.out, 0o777); err != nil {
		return err
	}
	display := progress.New(stderr)
	defer display.Close()
	path := filepath.Join(o.out, "runs.jsonl")
	if err := s.load(ctx, entries, path, display); err != nil {
		return err
	}
	if s.draws > 0 {
		return s.compareDraws(ctx, stdout, display)
	}
	records, stopped := s.run(ctx, path, display)
	display.Close()
	if len(records) > 0 {
		if err := s.report(records, stdout); err != nil {
			return errors.Join(stopped, err)
		}
	}
	if stopped == nil || ctx.Err() == nil {
		return stopped
	}
	return tool.Stopped(ctx, len(records), len(s.tasks()), "searches", o.out)
}

// load prepares the tables, with their references.
func (s *suite) load(ctx context.Context, entries []entry, path string, display *progress.Display) error {
	data := s.data
	if data == "" {
		data = filepath.Dir(s.tables)
	}
	l := loader{
		data: data, cache: filepath.Join(s.out, "surrogates"), display: display, training: s.training, files: map[[2]string]file{},
	}
	for _, e := range entries {
		p, err := l.load(ctx, e)
		if err != nil {
			return err
		}
		s.problems = append(s.problems, p)
	}
	at := referencePath(s.tables)
	if s.makeReferences {
		found, err := readRuns(path)
		if err != nil {
			return err
		}
		if err := makeReferences(ctx, s.problems, found, at, display); err != nil {
			return err
		}
	}
	references, err := readReferences(at)
	if err != nil {
		return err
	}
	for _, p := range s.problems {
		if err := p.refer(references, at); err != nil {
			return err
		}
	}
	return nil
}

func (o options) validate() error {
	if err := tool.Check(
		tool.Bound{Name: "seeds", Value: o.seeds, Least: 1}, tool.Bound{Name: "evals", Value: o.evals},
		tool.Bound{Name: "until-best", Value: o.untilBest}, tool.Bound{Name: "draws", Value: o.draws},
	); err != nil {
		return err
	}
	switch {
	case o.out == "":
		return program.Usagef("-out is required")
	case o.evals > 0 && o.untilBest > 0:
		return program.Usagef("-evals and -until-best cannot be used together: -until-best is also a number of evaluations")
	case o.draws > 0 && o.untilBest > 0:
		return program.Usagef("-draws and -until-best cannot be used together: all generators must have learned from as many evaluations")
	}
	return nil
}
