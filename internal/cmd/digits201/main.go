// Digits201 makes the table of nasbench.Digits201: it trains the networks of all cells of NAS-Bench-201, small ones, on the
// UCI handwritten digits. That takes an hour and a half on two processors.
//
//	go run ./internal/cmd/digits201
//
// Every training is kept in the file of -db as soon as it is done. Stopped by an interrupt, or killed, the program goes on
// from there when it is run again. At the end it writes the table and a log of how it was made into the folder of -out,
// from where nasbench embeds it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/graphpnas/graphpnas/evaluator/store"
)

// The files that are made.
const (
	tableFile = "digits201.csv.gz"
	logFile   = "digits201.txt"
)

func main() {
	db := flag.String("db", "digits201.db", "file in which trainings are kept")
	out := flag.String("out", "nasbench", "folder for the table and its log")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *db, *out, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "digits201:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, path, folder string, progress io.Writer) error {
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
	begun := time.Now()
	results, err := train(ctx, db, images, functions, func(done, all int) {
		if done%100 == 0 {
			fmt.Fprintf(progress, "%v: %d of %d trainings\n", time.Since(begun).Round(time.Second), done, all)
		}
	})
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
