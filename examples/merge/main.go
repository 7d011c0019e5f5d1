// Merge adds the evaluations and the recorded searches of other stores to yours.
//
//	go run ./examples/merge -into mine.db -from theirs.db,another.db
//
// It calls store.DB.Merge of package evaluator/store, which adds what is missing and completes what is unfinished. Outcomes that
// contradict each other are printed and kept in the table conflicts of the file. The other stores do not change.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/examples/internal/program"
)

func main() {
	into := flag.String("into", "", "`file` of the store to add to; it is created if it does not exist")
	from := flag.String("from", "", "`files` of the other stores, separated by commas")
	program.About(`
Merge adds the evaluations and the recorded searches of other stores to yours:

  go run ./examples/merge -into mine.db -from theirs.db,another.db`)
	program.Main(func(ctx context.Context) error {
		others := strings.FieldsFunc(*from, func(c rune) bool { return c == ',' })
		return run(ctx, *into, others, os.Stdout)
	})
}

func run(ctx context.Context, into string, others []string, out io.Writer) (err error) {
	if into == "" || len(others) == 0 {
		return program.Usagef("-into and -from are required")
	}
	db, err := store.Open(into)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, path := range others {
		if err := merge(ctx, db, path, out); err != nil {
			return err
		}
	}
	return nil
}

// merge adds one store and prints what it has added.
func merge(ctx context.Context, db *store.DB, path string, out io.Writer) (err error) {
	if _, err := os.Stat(path); err != nil {
		return err // Open would create it
	}
	other, err := store.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, other.Close()) }()
	done, err := db.Merge(ctx, other)
	if err != nil {
		return err
	}
	for _, c := range done.Conflicts {
		fmt.Fprintln(out, "conflict:", c)
	}
	_, err = fmt.Fprintf(out, "%s: %d evaluations added, %d completed, %d already known, %d searches added or extended, %d conflicts\n",
		path, done.Added, done.Completed, done.Same, len(done.Searches), len(done.Conflicts))
	return err
}
