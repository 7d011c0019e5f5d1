// Digits201 makes the table of nasbench.Digits201: it trains small networks of all cells of
// NAS-Bench-201 on the UCI handwritten digits. This takes an hour and a half on two processors.
//
//	go run ./internal/cmd/digits201
//
// Every finished training run is saved in the file of -db. If the program is interrupted or killed, run
// it again: it continues from there. At the end, it writes the table and a log of how it was made
// to the directory of -out, from where nasbench embeds it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/internal/progress"
)

// The output files.
const (
	tableFile = "digits201.csv.gz"
	logFile   = "digits201.txt"
)

func main() {
	db := flag.String("db", "digits201.db", "`file` in which finished training runs are saved")
	out := flag.String("out", "nasbench", "`directory` for the table and its log")
	if flag.Parse(); flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "digits201: unexpected argument %q; see -h\n", flag.Arg(0))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal kills the program
	err := run(ctx, *db, *out, os.Stderr)
	if err != nil && ctx.Err() != nil {
		fmt.Fprintf(os.Stderr, "digits201: stopped; finished training runs are in %s: run the same command again to continue\n", *db)
	} else if err != nil {
		fmt.Fprintln(os.Stderr, "digits201:", err)
	}
	if err != nil {
		os.Exit(1)
	}
}

func run(ctx context.Context, path, folder string, stderr io.Writer) error {
	db, err := store.Open(path)
	if err != nil {
		return err
	}
	defer db.Close()
	images, err := openImages(ctx)
	if err != nil {
		return err
	}
	functions, err := listFunctions(images.Input())
	if err != nil {
		return err
	}
	results, err := trainAll(ctx, db, images, functions, stderr)
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(folder, tableFile), func(w io.Writer) error {
		return writeTable(w, images.Input(), functions, results)
	}); err != nil {
		return err
	}
	return writeFile(filepath.Join(folder, logFile), func(w io.Writer) error { return writeLog(w, functions, results) })
}

// trainAll trains everything and shows the progress: a bar on a terminal, and otherwise an
// occasional line.
func trainAll(
	ctx context.Context, db *store.DB, images *oracle.Images, functions []function, stderr io.Writer,
) ([seeds][]evaluator.Result, error) {
	display := progress.New(stderr)
	defer display.Close()
	bar := display.Bar(progress.Options{Name: "digits201", Total: seeds * len(functions), Unit: "training runs", Times: true})
	begun := time.Now()
	return train(ctx, db, images, functions, func(done, all int) {
		bar.Set(done)
		if !display.Draws() && done%100 == 0 {
			fmt.Fprintf(stderr, "%v: %d of %d training runs\n", time.Since(begun).Round(time.Second), done, all)
		}
	})
}

func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := write(file); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return file.Close()
}
