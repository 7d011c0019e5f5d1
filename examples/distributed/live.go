package main

import (
	"context"
	"io"
	"sync"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/rl/report"
)

// newMonitor returns what follows the search, for the pages of -live and -report.
func newMonitor() *report.Monitor {
	return report.NewMonitor(space, report.Options{Name: "Fashion-MNIST", Objective: "validation accuracy"})
}

// serve serves the live page, with metrics, if -live asks for it, until stop is called. Stop returns why it ended earlier.
func (o options) serve(ctx context.Context, m *report.Monitor, b *board) (stop func() error) {
	if o.live == "" {
		return func() error { return nil }
	}
	h := &report.Handler{Metrics: true}
	h.Add(m)
	ctx, cancel := context.WithCancel(ctx)
	var serving sync.WaitGroup
	var err error
	serving.Go(func() {
		err = report.Serve(ctx, o.live, h, func(url string) { b.say("live page: " + url) })
		if err != nil {
			b.say(err.Error())
		}
	})
	return func() error {
		cancel()
		serving.Wait()
		return err
	}
}

// writeReport writes the page as a file if -report asks for it.
func (o options) writeReport(m *report.Monitor) error {
	if o.report == "" {
		return nil
	}
	return program.WriteFile(o.report, func(w io.Writer) error { return report.WriteAll(w, "", m.Search()) })
}

// status describes workers and queue for the live page. It is called with mu held.
func (b *board) status() report.Status {
	s := report.Status{Waiting: b.queue.Waiting, Running: b.queue.UnderWay, Trouble: b.wrong}
	for _, name := range b.names() {
		t := b.tallies[name]
		s.Workers = append(s.Workers, report.Worker{Name: name, Answers: t.answers, Failures: t.failures, Seconds: t.cost.Seconds()})
	}
	return s
}

// show shows the state of workers and queue on the live page.
func (b *board) show() {
	b.mu.Lock()
	s := b.status()
	b.mu.Unlock()
	b.monitor.SetStatus(s)
}
