package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/graphpnas/graphpnas/evaluator/jetstream"
)

// board shows how a search stands: on a terminal in a table that is drawn again and again, elsewhere by a line for each
// answer. What is written to it appears above the table.
type board struct {
	out  io.Writer
	bars *mpb.Progress // nil: no terminal
	bar  *mpb.Bar

	writing sync.Mutex // of out

	mu      sync.Mutex        // guards what follows
	tallies map[string]*tally // by the worker's name
	all     tally
	queue   jetstream.Status
}

// tally is what a worker has done, or all of them.
type tally struct {
	answers, failures int
	cost              time.Duration
	best              float64
}

func newBoard(out io.Writer, evals int, workers []string) *board {
	b := &board{out: out, tallies: map[string]*tally{}, all: tally{best: math.Inf(-1)}}
	for _, name := range workers {
		b.of(name)
	}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		b.bars = mpb.New(mpb.WithOutput(f), mpb.WithRefreshRate(200*time.Millisecond))
		table := mpb.BarFillerFunc(func(w io.Writer, _ decor.Statistics) error { return b.table(w) })
		b.bar = b.bars.AddBar(int64(evals), mpb.BarExtender(table, false),
			mpb.PrependDecorators(decor.CountersNoUnit("%d / %d evaluations")),
			mpb.AppendDecorators(decor.Elapsed(decor.ET_STYLE_GO)))
		b.out = b.bars
	}
	return b
}

// of is the tally of a worker.
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
	b.mu.Unlock() // before anything is drawn, for which the table is asked for
	switch {
	case b.bar == nil:
		b.say(line + "  (" + state + ")")
	case a.Err != nil:
		b.say(line)
	default:
		b.bar.Increment()
	}
}

// state is the queue and the best so far, in words.
func (b *board) state() string {
	best := "nothing"
	if b.all.answers > b.all.failures {
		best = fmt.Sprintf("%.4f", b.all.best)
	}
	return fmt.Sprintf("queue: %d wait, %d under way; best so far: %s", b.queue.Waiting, b.queue.UnderWay, best)
}

// table writes the table.
func (b *board) table(out io.Writer) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "worker\tanswers\tfailures\ttraining\tbest")
	for _, name := range slices.Sorted(maps.Keys(b.tallies)) {
		t, best := b.tallies[name], ""
		if t.answers > t.failures {
			best = fmt.Sprintf("%.4f", t.best)
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%.1f s\t%s\n", name, t.answers, t.failures, t.cost.Seconds(), best)
	}
	fmt.Fprintln(w, b.state())
	return w.Flush()
}

// watch looks after the queue until stop is called.
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
		b.look(ctx, e) // what the table says in the end
	}
}

// look asks how long the queue is.
func (b *board) look(ctx context.Context, e *jetstream.Evaluator) {
	s, err := e.Status(ctx)
	if err != nil {
		return // the last one will do
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = s
}

// say writes a line.
func (b *board) say(line string) { fmt.Fprintln(b, line) }

// Write writes lines, of a worker for instance.
func (b *board) Write(text []byte) (int, error) {
	b.writing.Lock()
	defer b.writing.Unlock()
	return b.out.Write(text)
}

// close draws the table a last time.
func (b *board) close() {
	if b.bars != nil {
		b.bar.Abort(false)
		b.bars.Wait()
	}
}
