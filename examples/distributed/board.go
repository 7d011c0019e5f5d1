package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/rl/report"
)

// board shows the state of a search: on a terminal as a table that is updated, and elsewhere as a line for each answer. Lines
// written to it appear above the table.
type board struct {
	*progress.Display
	bar     *progress.Bar
	monitor *report.Monitor

	mu      sync.Mutex        // guards the fields below
	tallies map[string]*tally // by the worker's name
	all     tally
	queue   jetstream.Status
	wrong   string // current problem with the queue; empty if there is none
}

// tally counts the answers of one worker, or of all workers.
type tally struct {
	answers, failures int
	cost              time.Duration
	best              float64
}

func newBoard(out io.Writer, evals int, workers []string) *board {
	b := &board{Display: progress.New(out), monitor: newMonitor(), tallies: map[string]*tally{}, all: tally{best: math.Inf(-1)}}
	for _, name := range workers {
		b.of(name)
	}
	b.bar = b.Bar(progress.Options{Total: evals, Unit: "evaluations", Times: true, Below: b.table})
	return b
}

// of returns the tally of a worker.
func (b *board) of(name string) *tally {
	if b.tallies[name] == nil {
		b.tallies[name] = &tally{best: math.Inf(-1)}
	}
	return b.tallies[name]
}

func (t *tally) count(a jetstream.Answer) {
	t.answers++
	if a.Err != nil {
		t.failures++
		return
	}
	t.cost += a.Result.Cost
	t.best = max(t.best, a.Result.Value)
}

// answer counts an answer.
func (b *board) answer(a jetstream.Answer) {
	line := fmt.Sprintf("%-6s  accuracy %.4f  %6.1f s  %s", a.Worker, a.Result.Value, a.Result.Cost.Seconds(), space.Format(a.Arch))
	if a.Err != nil {
		line = fmt.Sprintf("%-6s  %v", a.Worker, a.Err)
	}
	b.mu.Lock()
	b.of(a.Worker).count(a)
	b.all.count(a)
	state := b.state()
	b.mu.Unlock() // drawing needs it
	b.show()
	switch {
	case !b.Draws():
		b.say(line + "  (" + state + ")")
	case a.Err != nil:
		b.say(line)
	}
}

// state describes the queue and the best result so far.
func (b *board) state() string {
	best := "nothing"
	if b.all.answers > b.all.failures {
		best = fmt.Sprintf("%.4f", b.all.best)
	}
	return fmt.Sprintf("queue: %d waiting, %d running; best so far: %s", b.queue.Waiting, b.queue.UnderWay, best)
}

// names returns the names of the workers. The caller must hold mu.
func (b *board) names() []string { return slices.Sorted(maps.Keys(b.tallies)) }

// table writes the table.
func (b *board) table(out io.Writer) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "worker\tanswers\tfailures\ttraining\tbest")
	for _, name := range b.names() {
		t, best := b.tallies[name], ""
		if t.answers > t.failures {
			best = fmt.Sprintf("%.4f", t.best)
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%.1f s\t%s\n", name, t.answers, t.failures, t.cost.Seconds(), best)
	}
	fmt.Fprintln(w, b.state())
	return w.Flush()
}

// watch keeps the state of the queue up to date until stop is called.
func (b *board) watch(ctx context.Context, e *jetstream.Evaluator) (stop func()) {
	watched, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			b.look(watched, e)
			select {
			case <-time.After(500 * time.Millisecond):
			case <-watched.Done():
				return
			}
		}
	})
	return func() {
		cancel()
		watching.Wait()
		b.look(ctx, e) // for the last table
	}
}

// look updates the state of the queue.
func (b *board) look(ctx context.Context, e *jetstream.Evaluator) {
	s, err := e.Status(ctx)
	if err != nil {
		return // the last state stays
	}
	b.mu.Lock()
	changed := b.queue != s
	b.queue = s
	b.mu.Unlock()
	if changed {
		b.show()
	}
}

// trouble reports a problem with the queue, or that everything works again.
func (b *board) trouble(err error) {
	line, wrong := "the queue works again", ""
	if err != nil {
		line, wrong = "trouble with the queue: "+err.Error(), err.Error()
	}
	b.mu.Lock()
	b.wrong = wrong
	b.mu.Unlock()
	b.show()
	b.say(line)
}

// say writes a line.
func (b *board) say(line string) { fmt.Fprintln(b, line) }
