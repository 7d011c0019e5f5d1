package main

import (
	"context"
	"io"
	"sync"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/rl/report"
)

// newMonitor returns the monitor of the search, for the pages of -live and -report.
func newMonitor() *report.Monitor {
	return report.NewMonitor(space, report.Options{Name: "Fashion-MNIST", Objective: "validation accuracy"})
}

// serve serves the live page, with metrics, until stop is called, if -live is set. It returns when the page can be opened. Stop
// returns the error that ended it earlier, if any.
func (o options) serve(ctx context.Context, m *report.Monitor, b *board) (stop func() error) {
	if o.live == "" {
		return func() error { return nil }
	}
	h := &report.Handler{Metrics: true}
	h.Add(m)
	ctx, cancel := context.WithCancel(ctx)
	var serving sync.WaitGroup
	var err error
	begun := make(chan struct{})
	begin := sync.OnceFunc(func() { close(begun) })
	serving.Go(func() {
		defer begin() // if it cannot listen
		err = report.Serve(ctx, o.live, h, func(url string) {
			b.say("live page: " + url)
			begin()
		})
		if err != nil {
			b.say(err.Error())
		}
	})
	<-begun
	return func() error {
		cancel()
		serving.Wait()
		return err
	}
}

// writeReport writes the page as a file if -report is set.
func (o options) writeReport(m *report.Monitor) error {
	if o.report == "" {
		return nil
	}
	return program.WriteFile(o.report, func(w io.Writer) error { return report.WriteAll(w, "", m.Search()) })
}

// status describes the workers and the queue for the live page. The caller must hold mu.
func (b *board) status() report.Status {
	s := report.Status{Waiting: b.queue.Waiting, Running: b.queue.UnderWay, Trouble: b.wrong}
	for _, name := range b.names() {
		t := b.tallies[name]
		s.Workers = append(s.Workers, report.Worker{Name: name, Answers: t.answers, Failures: t.failures, Seconds: t.cost.Seconds()})
	}
	return s
}

// show updates the state of the workers and the queue on the live page.
func (b *board) show() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.monitor.SetStatus(b.status()) // with the lock, so that an older status cannot replace a newer one
}
