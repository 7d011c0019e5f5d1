package report

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/graphpnas/graphpnas/rl"
)

// position is how far a page has got with a search: how many rows and groups it has, from which span on it needs them again,
// and which run of the search they are of.
type position struct {
	run                 int64
	rows, groups, spans int
}

// state is how far a page has got with each search. As text it is the ID of a server-sent event, so a page that has lost the
// connection says where it was.
type state []position

// String writes the state as "0.12.3.10;0.7.1.7".
func (s state) String() string {
	texts := make([]string, len(s))
	for i, p := range s {
		texts[i] = fmt.Sprintf("%d.%d.%d.%d", p.run, p.rows, p.groups, p.spans)
	}
	return strings.Join(texts, ";")
}

// parseState reads a state. It stops at text that is not a state, so that the page gets everything again from there.
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

// news is what a page has not received yet.
type news struct {
	State    string       `json:"state"`
	Searches []searchNews `json:"searches"`
}

// searchNews is what a page has not received yet of one search. Its spans replace those from SpansFrom on.
type searchNews struct {
	Index     int        `json:"index"`
	SpansFrom int        `json:"spansFrom"`
	Search    searchData `json:"search"`
}

// since describes what is known of the search beyond a position, with hypervolumes from a reference, and returns the new position.
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

// referenceOf returns the reference of the hypervolumes of several searches.
func referenceOf(monitors []*Monitor) []float64 {
	var histories []*rl.History
	for _, m := range monitors {
		m.mu.Lock()
		histories = append(histories, m.snapshot())
		m.mu.Unlock()
	}
	return sharedReference(histories)
}

// spanData describes the spans from the given one on, and returns which of them is the first that may change yet. It is
// called with mu held.
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

// Pages get news at most this often, and a sign of life at least this often.
const (
	newsInterval = 200 * time.Millisecond
	signInterval = 15 * time.Second
)

// serveEvents sends what a page has not received yet, and then what is new, until the page is closed.
func (h *Handler) serveEvents(w http.ResponseWriter, r *http.Request) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.FormValue("state")
	}
	at := parseState(text)
	connection := http.NewResponseController(w)
	_ = connection.SetWriteDeadline(time.Time{}) // not every connection has one
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

// wait waits and reports whether the page is still open.
func wait(r *http.Request, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
		return false
	}
}

// send sends what a page has not received yet, or tells it to reload. If there is nothing new, that is a sign of life. It returns how
// far the page has got then.
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
