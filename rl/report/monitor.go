package report

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Monitor records a running search. A [Handler] shows it, and [Monitor.Search] returns a snapshot. A Monitor is safe for concurrent use.
type Monitor struct {
	space searchspace.Space

	mu      sync.Mutex // guards the fields below
	options Options
	history rl.History
	trials  map[task]int // the first trial of each task
	begun   time.Time
	spans   []span
	lanes   []bool // which workers are busy
	status  *Status
	run     int64    // changes when the history no longer continues the earlier one
	told    []func() // called after every change
}

// task identifies an evaluation by the key of its architecture and its budget.
type task struct {
	key    string
	budget float64
}

// span is the time during which a worker evaluated a trial.
type span struct {
	rl.Span
	running bool
}

// NewMonitor returns a Monitor for a search of the space that has not started. Pass its [Monitor.Watch] to [rl.New] and its
// [Monitor.Evaluator] to [rl.Search.Run].
func NewMonitor(space searchspace.Space, o Options) *Monitor {
	return &Monitor{
		space: space, options: o, history: rl.History{Space: space.Name()},
		trials: map[task]int{}, begun: time.Now(), run: time.Now().UnixNano(),
	}
}

// Watch returns a copy of c whose callbacks OnPropose and OnResult record the search and then call those of c. The times that the
// Monitor shows start at this call.
func (m *Monitor) Watch(c rl.Config) rl.Config {
	m.change(func() {
		m.history.Seed, m.history.Objectives, m.history.Limits = c.Seed, c.Objectives, c.Limits
		m.options.Workers = cmp.Or(m.options.Workers, c.Workers)
		m.begun = time.Now()
	})
	onPropose, onResult := c.OnPropose, c.OnResult
	c.OnPropose = func(g rl.Group, trials []rl.Trial) error {
		m.propose(g, trials)
		if onPropose == nil {
			return nil
		}
		return onPropose(g, trials)
	}
	c.OnResult = func(e rl.Evaluation) error {
		m.change(func() { m.history.Evaluations = append(m.history.Evaluations, e) })
		if onResult == nil {
			return nil
		}
		return onResult(e)
	}
	return c
}

// propose adds a group.
func (m *Monitor) propose(g rl.Group, trials []rl.Trial) {
	m.change(func() {
		m.history.Groups = append(m.history.Groups, g)
		for _, t := range trials {
			if _, ok := m.trials[task{t.Key, t.Budget}]; !ok {
				m.trials[task{t.Key, t.Budget}] = t.ID
			}
		}
	})
}

// Evaluator wraps e to record when each evaluation starts and ends. Without it, the page does not show running evaluations or how busy
// workers are.
func (m *Monitor) Evaluator(e evaluator.Evaluator) evaluator.Evaluator {
	m.change(func() { m.options.Unit = cmp.Or(m.options.Unit, evaluator.UnitOf(e)) })
	return watched{m, e}
}

// watched is an evaluator whose evaluations a Monitor records.
type watched struct {
	monitor *Monitor
	evaluator.Evaluator
}

var _ evaluator.Budgeted = watched{}

// Evaluate evaluates at the full budget.
func (w watched) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return w.EvaluateAt(ctx, a, evaluator.Budget{})
}

// EvaluateAt evaluates at a budget and records when the evaluation starts and ends.
func (w watched) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	place := w.monitor.begin(task{w.monitor.space.Key(a), b.Amount})
	defer w.monitor.end(place)
	return evaluator.EvaluateAt(ctx, w.Evaluator, a, b)
}

// Unit returns the unit of budgets.
func (w watched) Unit() string { return evaluator.UnitOf(w.Evaluator) }

// begin records the start of an evaluation on the first free worker. It returns the index of its span.
func (m *Monitor) begin(t task) (place int) {
	m.change(func() {
		worker := slices.Index(m.lanes, false)
		if worker < 0 {
			worker = len(m.lanes)
			m.lanes = append(m.lanes, true)
		}
		m.lanes[worker] = true
		trial, ok := m.trials[t]
		if !ok {
			trial = -1
		}
		place = len(m.spans)
		m.spans = append(m.spans, span{rl.Span{Trial: trial, Worker: worker, Start: time.Since(m.begun)}, true})
	})
	return place
}

// end records the end of an evaluation.
func (m *Monitor) end(place int) {
	m.change(func() {
		s := &m.spans[place]
		s.End, s.running = time.Since(m.begun), false
		m.lanes[s.Worker] = false
	})
}

// Finish replaces the recorded history with h, the History of the finished search. Call it after [rl.Search.Run]. The History also
// contains trials without a callback: repeats, and evaluations that were running when the search was interrupted.
func (m *Monitor) Finish(h *rl.History) {
	m.change(func() {
		if !continues(m.history.Evaluations, h.Evaluations) {
			m.run++
		}
		m.history = *h
	})
}

// continues reports whether later starts with the evaluations in earlier.
func continues(earlier, later []rl.Evaluation) bool {
	return len(earlier) <= len(later) && slices.EqualFunc(earlier, later[:len(earlier)], func(a, b rl.Evaluation) bool { return a.ID == b.ID })
}

// SetStatus sets the state of workers and of a queue that the page shows. Call it after every change.
func (m *Monitor) SetStatus(s Status) {
	s.Workers = slices.Clone(s.Workers)
	m.change(func() { m.status = &s })
}

// Timeline returns the start and end times of the finished evaluations. Evaluations of architectures that the search did not propose
// have trial −1.
func (m *Monitor) Timeline() rl.Timeline {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all rl.Timeline
	for _, s := range m.spans {
		if !s.running {
			all = append(all, s.Span)
		}
	}
	return all
}

// Search returns a snapshot of the search so far. Later evaluations do not change it.
func (m *Monitor) Search() Search {
	timeline := m.Timeline()
	m.mu.Lock()
	defer m.mu.Unlock()
	s := Search{m.space, m.snapshot(), m.options}
	s.Timeline = timeline
	return s
}

// snapshot returns the history so far. The caller must hold mu.
func (m *Monitor) snapshot() *rl.History {
	h := m.history
	h.Evaluations, h.Groups = slices.Clip(h.Evaluations), slices.Clip(h.Groups)
	return &h
}

// change calls f with mu held, and then the functions passed to tell.
func (m *Monitor) change(f func()) {
	m.mu.Lock()
	f()
	told := m.told
	m.mu.Unlock()
	for _, tell := range told {
		tell()
	}
}

// tell registers a function to call after every change.
func (m *Monitor) tell(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told = append(slices.Clip(m.told), f)
}
