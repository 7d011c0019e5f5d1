package evaluator

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"time"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Pool evaluates many architectures at once. It has no state: one Pool may serve several calls of Run at a time.
type Pool struct {
	// Evaluator scores the architectures. Nil is an evaluator that is broken.
	Evaluator Evaluator
	// Workers is the most evaluations that run at a time; 0 stands for GOMAXPROCS.
	Workers int
}

// Outcome is how the evaluation of one architecture ended.
type Outcome struct {
	Index   int              // place of the architecture in the list that was given to Run
	Arch    searchspace.Arch // the architecture
	Result  Result           // what was found; zero where Err is not nil
	Err     error            // names the architecture
	Elapsed time.Duration    // how long the evaluation ran here
}

// Run evaluates the architectures and yields each one's outcome as soon as it is there, in whatever order they finish.
// Evaluations begin in the order of archs, when the range over Run begins, and each range evaluates anew.
//
// Every architecture has exactly one Outcome, unless one of three things happens: ctx ends, the evaluator says that it
// is broken, or the loop over Run is left. From then on no evaluation begins, and Run returns when those that run have
// ended. Their context has ended if ctx has or the loop was left; after [ErrBroken] they run on. As long as the loop is
// on it still gets their outcomes. Run leaves no goroutine behind.
//
// What [Try] turns into errors are errors here. An error that comes after the end of ctx also wraps context.Cause(ctx).
//
// At most Workers outcomes wait for the loop to take them, each in place of an evaluation.
func (p Pool) Run(ctx context.Context, archs []searchspace.Arch) iter.Seq[Outcome] {
	return func(yield func(Outcome) bool) {
		ctx, cancel := context.WithCancel(ctx)
		outcomes := p.start(ctx, archs)
		defer func() { // also when the loop's body panics
			cancel()
			for range outcomes {
			}
		}()
		for o := range outcomes {
			if !yield(o) {
				return
			}
		}
	}
}

// start evaluates in the background. The channel is closed when nothing runs any more, and must be read up to there.
func (p Pool) start(ctx context.Context, archs []searchspace.Arch) <-chan Outcome {
	outcomes := make(chan Outcome)
	starting, stop := context.WithCancel(ctx)
	slots := make(chan struct{}, p.workers())
	var running sync.WaitGroup

	run := func(i int) {
		o := Outcome{Index: i, Arch: archs[i]}
		defer func() { // also when the evaluator ends the goroutine
			if errors.Is(o.Err, ErrBroken) {
				stop()
			}
			outcomes <- o
			<-slots
		}()
		p.evaluate(ctx, &o)
	}
	go func() {
		defer close(outcomes)
		defer stop()
		defer running.Wait()
		for i := range archs {
			select {
			case slots <- struct{}{}:
			case <-starting.Done():
			}
			if starting.Err() != nil {
				return
			}
			running.Go(func() { run(i) })
		}
	}()
	return outcomes
}

func (p Pool) workers() int {
	if p.Workers > 0 {
		return p.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// evaluate fills in the outcome of one architecture, whatever the evaluator does.
func (p Pool) evaluate(ctx context.Context, o *Outcome) {
	begin := time.Now()
	err := errGoexit // holds unless Try returns
	defer func() {
		o.Elapsed = time.Since(begin)
		if err == nil {
			return
		}
		if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
			err = fmt.Errorf("%w: %w", cause, err)
		}
		o.Err = fmt.Errorf("evaluating [%v]: %w", o.Arch, err)
	}()
	o.Result, err = Try(ctx, p.Evaluator, o.Arch)
}
