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

// Monitor follows a search that is running. A [Handler] shows what it knows, and [Monitor.Search] returns it. It is safe for
// concurrent use.
type Monitor struct {
	space searchspace.Space

	mu      sync.Mutex // guards what follows
	options Options
	history rl.History
	trials  map[task]int // the first trial of each task
	begun   time.Time
	spans   []span
	lanes   []bool // which workers are busy
	status  *Status
	run     int64    // changes if the history does not continue the earlier one
	told    []func() // called when something has changed
}

// task identifies what is evaluated: the key of an architecture, and the budget.
type task struct {
	key    string
	budget float64
}

// span is when a worker evaluated a trial. It has not ended if End is zero.
type span struct {
	rl.Span
	running bool
}

// NewMonitor returns a Monitor of a search of the space that has not begun.
func NewMonitor(space searchspace.Space, o Options) *Monitor {
	return &Monitor{
		space: space, options: o, history: rl.History{Space: space.Name()},
		trials: map[task]int{}, begun: time.Now(), run: time.Now().UnixNano(),
	}
}

// Watch returns a Config whose callbacks tell the Monitor what happens and then call those of c. Time counts from here.
func (m *Monitor) Watch(c rl.Config) rl.Config {
	m.change(func() {
		m.history.Seed, m.history.Objectives, m.history.Limits = c.Seed, c.Objectives, c.Limits
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

// Evaluator returns an evaluator that does what e does, and tells the Monitor when each evaluation begins and ends. Without it, the
// page does not show which evaluations are running and how busy workers are.
func (m *Monitor) Evaluator(e evaluator.Evaluator) evaluator.Evaluator {
	m.change(func() { m.options.Unit = cmp.Or(m.options.Unit, evaluator.UnitOf(e)) })
	return watched{m, e}
}

// watched is an evaluator that a Monitor watches.
type watched struct {
	monitor *Monitor
	evaluator.Evaluator
}

var _ evaluator.Budgeted = watched{}

// Evaluate evaluates with the evaluator's own budget.
func (w watched) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return w.EvaluateAt(ctx, a, evaluator.Budget{})
}

// EvaluateAt notes when the evaluation begins and ends.
func (w watched) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	place := w.monitor.begin(task{w.monitor.space.Key(a), b.Amount})
	defer w.monitor.end(place)
	return evaluator.EvaluateAt(ctx, w.Evaluator, a, b)
}

// Unit names what budgets count.
func (w watched) Unit() string { return evaluator.UnitOf(w.Evaluator) }

// begin notes that an evaluation begins, on the first worker that is free, and returns the place of its span.
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

// end notes that an evaluation has ended.
func (m *Monitor) end(place int) {
	m.change(func() {
		s := &m.spans[place]
		s.End, s.running = time.Since(m.begun), false
		m.lanes[s.Worker] = false
	})
}

// Finish replaces what the Monitor knows by the History of the search that has ended, which also has the trials that no callback is
// called for: repeats, and what was running when the search was interrupted.
func (m *Monitor) Finish(h *rl.History) {
	m.change(func() {
		if !continues(m.history.Evaluations, h.Evaluations) {
			m.run++
		}
		m.history = *h
	})
}

// continues reports whether the later evaluations begin with the earlier ones.
func continues(earlier, later []rl.Evaluation) bool {
	return len(earlier) <= len(later) && slices.EqualFunc(earlier, later[:len(earlier)], func(a, b rl.Evaluation) bool { return a.ID == b.ID })
}

// SetStatus shows the state of workers and of a queue. Call it whenever it has changed.
func (m *Monitor) SetStatus(s Status) {
	s.Workers = slices.Clone(s.Workers)
	m.change(func() { m.status = &s })
}

// Timeline returns when which trials were evaluated, as far as evaluations have ended. Evaluations of architectures that the
// search did not propose have trial −1.
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

// Search returns what is known so far, which does not change any more.
func (m *Monitor) Search() Search {
	timeline := m.Timeline()
	m.mu.Lock()
	defer m.mu.Unlock()
	s := Search{m.space, m.snapshot(), m.options}
	s.Timeline = timeline
	return s
}

// snapshot returns the history so far. It is called with mu held.
func (m *Monitor) snapshot() *rl.History {
	h := m.history
	h.Evaluations, h.Groups = slices.Clip(h.Evaluations), slices.Clip(h.Groups)
	return &h
}

// change calls f with mu held, and then the functions that were passed to tell.
func (m *Monitor) change(f func()) {
	m.mu.Lock()
	f()
	told := m.told
	m.mu.Unlock()
	for _, tell := range told {
		tell()
	}
}

// tell registers a function that is called after every change.
func (m *Monitor) tell(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told = append(slices.Clip(m.told), f)
}
