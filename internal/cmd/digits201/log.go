package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/rankcorr"
)

// writeLog writes a log of how the table was made and of its properties.
func writeLog(w io.Writer, functions []function, results [seeds][]evaluator.Result) error {
	s := summarize(functions, results)
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "%s\n\n", tableFile)
	for _, line := range [][2]string{
		{"Made by", "go run ./internal/cmd/digits201, on " + runtime.GOOS + "/" + runtime.GOARCH},
		{"Cells", fmt.Sprintf("%d, all of NAS-Bench-201", s.cells)},
		{"Functions", fmt.Sprintf("%d: cells whose last node is the same sum are trained once; a skip connection adds the terms of the "+
			"node that it reads,", len(functions))},
		{"", "an absent edge adds none, an operation on a node without terms adds none, and the order of terms does not matter"},
		{"Trained", "the first of the cells of a function with the fewest multiplications"},
		{"Network", fmt.Sprintf("network.NASBench201%+v", design)},
		{"Images", fmt.Sprintf("UCI digits, split by seed %d: %d to train on, %d to validate on, and the others to test on",
			divisionSeed, trainImages, validImages)},
		{"Shifts", fmt.Sprintf("up to %d pixels in each direction; the validation and test sets have %d copies of each image with different shifts",
			shift, copies)},
		{"Recipe", fmt.Sprintf("%+v", recipe)},
		{"Seeds", fmt.Sprintf("0 to %d", seeds-1)},
		{"Training runs", fmt.Sprintf("%d in %.1f processor hours, of which %d diverged", seeds*len(functions), s.time.Hours(), s.diverged)},
		{"Agreement", fmt.Sprintf("Spearman's rank correlation of the validation accuracies of the two seeds: %.3f over the cells, %.3f over the functions",
			s.agreementOfCells, s.agreementOfFunctions)},
		{"Best hundred", fmt.Sprintf("mean validation accuracy of the best cells: %.3f to %.3f %%, %d different values", s.best, s.hundredth, s.different)},
	} {
		fmt.Fprintf(out, "%s\t%s\n", line[0], line[1])
	}
	return out.Flush()
}

// summary holds properties of the table.
type summary struct {
	cells                                  int
	diverged                               int
	time                                   time.Duration
	agreementOfCells, agreementOfFunctions float64
	best, hundredth                        float64
	different                              int
}

func summarize(functions []function, results [seeds][]evaluator.Result) summary {
	var s summary
	var ofFunctions, ofCells [seeds][]float64
	var means []float64 // means of cells
	for i, f := range functions {
		mean := 0.0
		for seed, r := range trainingsOf(results, i) {
			ofFunctions[seed] = append(ofFunctions[seed], r.Value)
			ofCells[seed] = append(ofCells[seed], slices.Repeat([]float64{r.Value}, len(f.cells))...)
			mean += r.Value / seeds
			s.time += r.Cost
			if r.Failure != "" {
				s.diverged++
			}
		}
		means = append(means, slices.Repeat([]float64{mean}, len(f.cells))...)
	}
	s.cells = len(means)
	s.agreementOfCells = rankcorr.Spearman(ofCells[0], ofCells[1])
	s.agreementOfFunctions = rankcorr.Spearman(ofFunctions[0], ofFunctions[1])
	slices.SortFunc(means, func(a, b float64) int { return cmp.Compare(b, a) })
	top := means[:min(100, len(means))]
	s.best, s.hundredth = top[0], top[len(top)-1]
	s.different = len(slices.Compact(slices.Clone(top)))
	return s
}
