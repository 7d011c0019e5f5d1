package report

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/graphpnas/graphpnas/rl"
)

// Handler is an [http.Handler] that serves a page of running and finished searches. An open page shows new results as they arrive, and a
// reloaded page shows everything again. The zero value serves a page without searches; use [Handler.Add] to add them. A Handler is safe
// for concurrent use, but must not be copied after first use.
//
// It serves these paths:
//
//	/             the page
//	/events       changes, as server-sent events
//	/drawing      drawings of architectures
//	/report.html  the page as a file that needs no server
//	/metrics      figures for Prometheus, if Metrics is set
//
// To serve them under a prefix, use [http.StripPrefix]. Use the Handler with [Serve] or with any other server. It does not authenticate
// readers.
type Handler struct {
	// Title is the title of the page. By default it is the name of the search, or "Searches" if there are several.
	Title string
	// Metrics enables the path /metrics, which serves figures for Prometheus.
	Metrics bool

	mu       sync.Mutex // guards the fields below
	monitors []*Monitor
	changed  chan struct{} // closed at the next change; nil if no request waits for it
}

// Add adds a search to the page. It may be called while the Handler serves requests.
func (h *Handler) Add(m *Monitor) {
	h.mu.Lock()
	h.monitors = append(slices.Clip(h.monitors), m)
	h.mu.Unlock()
	m.tell(h.notify)
	h.notify()
}

// notify wakes the requests that wait for a change.
func (h *Handler) notify() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.changed != nil {
		close(h.changed)
		h.changed = nil
	}
}

// changes returns a channel that is closed at the next change.
func (h *Handler) changes() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.changed == nil {
		h.changed = make(chan struct{})
	}
	return h.changed
}

func (h *Handler) searches() []*Monitor {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.monitors
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD are allowed", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
	switch path := r.URL.Path; {
	case path == "/" || path == "":
		h.servePage(w)
	case path == "/events":
		h.serveEvents(w, r)
	case path == "/drawing":
		h.serveDrawing(w, r)
	case path == "/report.html":
		h.serveFile(w)
	case path == "/metrics" && h.Metrics:
		h.serveMetrics(w)
	default:
		http.NotFound(w, r)
	}
}

// servePage writes the page with the current state of all searches.
func (h *Handler) servePage(w http.ResponseWriter) {
	p := pageData{Title: h.Title, Live: true, Searches: []searchData{}}
	var at state
	monitors := h.searches()
	reference := referenceOf(monitors)
	for _, m := range monitors {
		data, place, err := m.since(position{}, reference)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		p.Searches, at = append(p.Searches, data), append(at, place)
	}
	p.State = at.String()
	sendPage(w, p.write)
}

// serveFile writes the page as a file.
func (h *Handler) serveFile(w http.ResponseWriter) {
	var all []Search
	for _, m := range h.searches() {
		all = append(all, m.Search())
	}
	w.Header().Set("Content-Disposition", `attachment; filename="report.html"`)
	sendPage(w, func(out io.Writer) error { return WriteAll(out, h.Title, all...) })
}

// sendPage sends the page that write writes, or its error.
func sendPage(w http.ResponseWriter, write func(io.Writer) error) {
	var text bytes.Buffer
	if err := write(&text); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(text.Bytes()) // fails only if the client has gone
}

// serveDrawing draws the architecture of a trial of a search.
func (h *Handler) serveDrawing(w http.ResponseWriter, r *http.Request) {
	index, err := strconv.Atoi(r.FormValue("search"))
	monitors := h.searches()
	if err != nil || index < 0 || index >= len(monitors) {
		http.Error(w, fmt.Sprintf("search must be the number of a search, got %q", r.FormValue("search")), http.StatusNotFound)
		return
	}
	s := monitors[index].Search()
	trial := r.FormValue("trial")
	isTrial := func(e rl.Evaluation) bool { return strconv.Itoa(e.ID) == trial }
	all := slices.Concat(s.History.Evaluations, s.History.Past, s.History.Repeats)
	place := slices.IndexFunc(all, isTrial)
	if place < 0 {
		http.Error(w, fmt.Sprintf("the search has no result of trial %q", trial), http.StatusNotFound)
		return
	}
	text, err := s.drawing(all[place].Arch, r.FormValue("dark") == "true")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	w.Header().Set("Cache-Control", "max-age=3600")
	_, _ = w.Write([]byte(text)) // fails only if the client has gone
}
