package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/graphpnas/graphpnas/evaluator/jetstream"
)

// board shows what the workers have done.
type board struct {
	out io.Writer

	mu    sync.Mutex
	tally map[string]int // answers by the worker's name
}

func newBoard(out io.Writer) *board { return &board{out: out, tally: map[string]int{}} }

// count counts an answer.
func (b *board) count(a jetstream.Answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tally[a.Worker]++
}

// show writes a line.
func (b *board) show(evaluations int, s jetstream.Status, best float64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var workers []string
	for _, name := range slices.Sorted(maps.Keys(b.tally)) {
		workers = append(workers, fmt.Sprintf("%s %d", name, b.tally[name]))
	}
	_, err := fmt.Fprintf(b.out, "%d evaluations, best %.2f; queue: %d wait, %d under way; workers: %s\n",
		evaluations, best, s.Waiting, s.UnderWay, strings.Join(workers, ", "))
	return err
}
