package report

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/graphpnas/graphpnas/rl"
)

// position records what a page has received of a search: the run of the search, the number of rows and groups, and the first span that it
// needs again.
type position struct {
	run                 int64
	rows, groups, spans int
}

// state records what a page has received of each search. Its text is the ID of a server-sent event. A browser sends the last ID when it
// reconnects, so the page gets only what it missed.
type state []position

// String formats the state, for example as "0.12.3.10;0.7.1.7".
func (s state) String() string {
	texts := make([]string, len(s))
	for i, p := range s {
		texts[i] = fmt.Sprintf("%d.%d.%d.%d", p.run, p.rows, p.groups, p.spans)
	}
	return strings.Join(texts, ";")
}

// parseState parses a state. It ignores everything from the first malformed position on, so the page gets those searches in full again.
func parseState(text string) state {
	var s state
	for part := range strings.SplitSeq(text, ";") {
		var p position
		if n, err := fmt.Sscanf(part, "%d.%d.%d.%d", &p.run, &p.rows, &p.groups, &p.spans); err != nil || n != 4 || min(p.rows, p.groups, p.spans) < 0 {
			break
		}
		s = append(s, p)
	}
	return s
}

// news is everything that a page has not received yet.
type news struct {
	State    string       `json:"state"`
	Searches []searchNews `json:"searches"`
}

// searchNews is everything that a page has not received yet of one search. Its spans replace the page's spans from SpansFrom on.
type searchNews struct {
	Index     int        `json:"index"`
	SpansFrom int        `json:"spansFrom"`
	Search    searchData `json:"search"`
}

// since describes everything that happened in the search after the position, and returns the new position. Hypervolumes are relative to
// the reference.
func (m *Monitor) since(p position, reference []float64) (searchData, position, error) {
	m.mu.Lock()
	s := Search{m.space, m.snapshot(), m.options}
	status, run := m.status, m.run
	spans, first := m.spanData(p.spans)
	m.mu.Unlock()
	d, err := s.data(p.rows, p.groups, reference)
	if err != nil {
		return d, p, err
	}
	d.Status, d.Spans = status, spans
	rows := len(s.History.Evaluations) + len(s.History.Repeats) + len(s.History.Past)
	return d, position{run, rows, len(s.History.Groups), first}, nil
}

// referenceOf returns a reference that makes the hypervolumes of the searches comparable; see sharedReference.
func referenceOf(monitors []*Monitor) []float64 {
	var histories []*rl.History
	for _, m := range monitors {
		m.mu.Lock()
		histories = append(histories, m.snapshot())
		m.mu.Unlock()
	}
	return sharedReference(histories)
}

// spanData describes the spans from the given index on, and returns the index of the first span that still runs. The caller must hold mu.
func (m *Monitor) spanData(from int) (all []spanData, first int) {
	all, first = []spanData{}, len(m.spans)
	for i := min(from, len(m.spans)); i < len(m.spans); i++ {
		s := m.spans[i]
		d := spanData{Trial: s.Trial, Worker: s.Worker, Start: number(s.Start.Seconds())}
		if s.running {
			first = min(first, i)
		} else {
			end := number(s.End.Seconds())
			d.End = &end
		}
		all = append(all, d)
	}
	return all, first
}

// A page gets at most one event per newsInterval, and at least one per signInterval, so that both ends notice a lost connection.
const (
	newsInterval = 200 * time.Millisecond
	signInterval = 15 * time.Second
)

// serveEvents sends everything that a page has not received yet, and then each change, until the page is closed.
func (h *Handler) serveEvents(w http.ResponseWriter, r *http.Request) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.FormValue("state")
	}
	at := parseState(text)
	connection := http.NewResponseController(w)
	_ = connection.SetWriteDeadline(time.Time{}) // some connections do not support deadlines
	w.Header().Set("Content-Type", "text/event-stream")
	for {
		changes := h.changes()
		next, err := h.send(w, at)
		if err != nil || connection.Flush() != nil {
			return
		}
		at = next
		if !wait(r, newsInterval) {
			return
		}
		select {
		case <-changes:
		case <-time.After(signInterval):
		case <-r.Context().Done():
			return
		}
	}
}

// wait waits for d and reports whether the page is still open.
func wait(r *http.Request, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
		return false
	}
}

// send sends everything that a page has not received yet, or an event that reloads the page if its history has been replaced. It sends an
// event even if nothing has changed. It returns the new state of the page.
func (h *Handler) send(w http.ResponseWriter, at state) (state, error) {
	monitors := h.searches()
	n := news{Searches: []searchNews{}}
	var next state
	reference := referenceOf(monitors)
	for i, m := range monitors {
		var p position
		if i < len(at) {
			p = at[i]
		}
		d, place, err := m.since(p, reference)
		if err != nil {
			return nil, err
		}
		if i < len(at) && (place.run != p.run || place.rows < p.rows) {
			_, err := fmt.Fprint(w, "event: reload\ndata: {}\n\n")
			return at, err
		}
		next = append(next, place)
		n.Searches = append(n.Searches, searchNews{i, p.spans, d})
	}
	n.State = next.String()
	text, err := json.Marshal(n)
	if err == nil {
		_, err = fmt.Fprintf(w, "id: %s\nevent: news\ndata: %s\n\n", n.State, text)
	}
	return next, err
}
