package bayes

import (
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// memory caches the features of architectures and their distances to evaluated ones between the
// groups of a search, and the last fits. It only saves time.
type memory struct {
	*encoder
	turn    sync.Mutex
	seen    []rl.Evaluation // the evaluations from observed
	known   []*entry        // entries of seen, in the same order
	keys    []string        // keys of seen
	entries map[string]*entry
	fits    map[*grid]fit // the last fit of each grid
	calls   int
}

// entry holds the features and distances of an architecture.
type entry struct {
	features
	decisions, walks []float64 // distances to the known entries
	used             int       // number of the call that last used it
}

// maxEntries is the largest number of entries kept from one group to the next. In a small space,
// the same architectures are candidates again and again.
const maxEntries = 8192

// memoryKey is the Memo key of a memory. paths is that of the encoder.
type memoryKey struct{ paths bool }

// remember returns the memory of a search, updated with the evaluations. The caller must unlock it.
func remember(s *rl.State, key memoryKey) *memory {
	m := s.Memo(key, func() any {
		m := newMemory(s.Space())
		m.encoder.paths = key.paths
		return m
	}).(*memory)
	m.turn.Lock()
	m.update(s)
	return m
}

func newMemory(space searchspace.Space) *memory {
	return &memory{encoder: newEncoder(space), entries: map[string]*entry{}, fits: map[*grid]fit{}}
}

// update replaces the known evaluations by those of a search.
func (m *memory) update(s *rl.State) { m.learn(observed(s)) }

// learn replaces the known evaluations.
func (m *memory) learn(evaluations []rl.Evaluation) {
	m.calls++
	m.seen = evaluations
	same := 0
	for same < min(len(m.keys), len(evaluations)) && m.keys[same] == evaluations[same].Key {
		same++
	}
	if same < len(m.keys) { // earlier evaluations differ: start over
		m.known, m.keys, m.entries, same = nil, nil, map[string]*entry{}, 0
	}
	for _, e := range evaluations[same:] {
		m.known, m.keys = append(m.known, m.entry(e.Arch)), append(m.keys, e.Key)
	}
	if len(m.entries) > maxEntries {
		for text, e := range m.entries {
			if e.used < m.calls-1 {
				delete(m.entries, text)
			}
		}
	}
}

// observed returns the finished evaluations at all budgets, in an order that later groups of a
// search only append to.
func observed(s *rl.State) []rl.Evaluation {
	if len(s.Smaller()) == 0 {
		return s.Evaluations()
	}
	var list []rl.Evaluation
	for _, e := range slices.Concat(s.Evaluations(), s.Smaller()) {
		if e.ID < 0 { // a past evaluation
			list = append(list, e)
		}
	}
	for _, e := range s.Trials() {
		if !e.Repeat {
			list = append(list, e)
		}
	}
	return list
}

// entry returns the entry of an architecture.
func (m *memory) entry(a searchspace.Arch) *entry {
	text := a.String()
	e, ok := m.entries[text]
	if !ok {
		e = &entry{features: m.encode(a)}
		m.entries[text] = e
	}
	e.used = m.calls
	return e
}

// measured returns the entries of architectures with the distances to all known entries.
func (m *memory) measured(archs []searchspace.Arch) []*entry {
	type row struct {
		*entry
		from int // the first missing distance
	}
	entries := make([]*entry, len(archs))
	var rows []row
	for i, a := range archs {
		e := m.entry(a)
		entries[i] = e
		if n := len(e.decisions); n < len(m.known) {
			rows = append(rows, row{e, n})
			e.decisions = append(e.decisions, make([]float64, len(m.known)-n)...)
			e.walks = append(e.walks, make([]float64, len(m.known)-n)...)
		}
	}
	spread((len(rows)+rowsAtOnce-1)/rowsAtOnce, func(piece int) {
		for _, r := range rows[piece*rowsAtOnce : min((piece+1)*rowsAtOnce, len(rows))] {
			for i := r.from; i < len(m.known); i++ {
				k := m.known[i]
				r.decisions[i], r.walks[i] = k.decisionDistance(&r.features), k.walkDistance(&r.features)
			}
		}
	})
	return entries
}

// rowsAtOnce is the number of entries that a goroutine measures at a time.
const rowsAtOnce = 32

// sample is a subset of the known entries to fit a process to, with the units of distances among
// them.
type sample struct {
	numbers                []int
	entries                []*entry
	decisionUnit, walkUnit float64
	noise                  []float64 // extra noise variance of each, as a multiple of the process variance; nil if zero
}

// same reports whether two samples have the same entries, units and noise.
func (s *sample) same(o *sample) bool {
	return slices.Equal(s.entries, o.entries) && s.decisionUnit == o.decisionUnit && s.walkUnit == o.walkUnit && slices.Equal(s.noise, o.noise)
}

// sampleOf returns the known entries with the given numbers, measured. The unit of decision
// distances is proportional to the number of labels and ordered fields that differ within the sample.
// If it has fewer than two entries, or if all is set and the space has no fields, all of them count.
func (m *memory) sampleOf(numbers []int, all bool) *sample {
	out := &sample{numbers: numbers, decisionUnit: decisionLength * float64(m.labels+m.ordered), walkUnit: 1}
	archs := make([]searchspace.Arch, len(numbers))
	for k, i := range numbers {
		archs[k] = m.seen[i].Arch
	}
	out.entries = m.measured(archs)
	if len(numbers) > 1 {
		var distances []float64
		for i, e := range out.entries {
			for _, j := range numbers[:i] {
				distances = append(distances, e.walks[j])
			}
		}
		out.scaleTo(out.entries, distances, !all || m.hasFields())
	}
	return out
}

// scaleToTypical sets the units of distances to those that are typical of the entries, which need not be
// evaluated.
func (s *sample) scaleToTypical(entries []*entry) {
	var distances []float64
	for i, e := range entries {
		for _, k := range entries[:i] {
			distances = append(distances, e.walkDistance(&k.features))
		}
	}
	s.scaleTo(entries, distances, true)
}

// scaleTo sets the unit of walk distances to the median of the distances between entries. If some is
// set, the unit of decision distances becomes proportional to the number of decisions that differ
// among the entries.
func (s *sample) scaleTo(entries []*entry, distances []float64, some bool) {
	if some {
		s.decisionUnit = decisionLength * float64(varying(entries))
	}
	slices.Sort(distances)
	s.walkUnit = max(1, distances[len(distances)/2])
}

// between returns the distances of an entry to the members of the sample, in its units.
func (s *sample) between(e *entry, decisions, walks []float64) {
	for k, i := range s.numbers {
		decisions[k], walks[k] = e.decisions[i]/s.decisionUnit, e.walks[i]/s.walkUnit
	}
}

// apart returns the distances between two entries, in the units of the sample.
func (s *sample) apart(a, b *entry) (decisions, walks float64) {
	return a.decisionDistance(&b.features) / s.decisionUnit, a.walkDistance(&b.features) / s.walkUnit
}

// every returns every nth member with its target.
func (s *sample) every(n int, targets []float64) (*sample, []float64) {
	part, some := *s, []float64(nil)
	part.numbers, part.entries, part.noise = nil, nil, nil
	for i := 0; i < len(targets); i += n {
		part.numbers, part.entries = append(part.numbers, s.numbers[i]), append(part.entries, s.entries[i])
		some = append(some, targets[i])
		if s.noise != nil {
			part.noise = append(part.noise, s.noise[i])
		}
	}
	return &part, some
}

// covariance returns the prior covariance of the members, including their extra noise.
func (s *sample) covariance(m model) *mat.SymDense {
	n := len(s.numbers)
	k := mat.NewSymDense(n, nil)
	decisions, walks := make([]float64, n), make([]float64, n)
	for i, e := range s.entries {
		s.between(e, decisions, walks)
		for j := range i + 1 {
			k.SetSym(i, j, m.covariance(decisions[j], walks[j]))
		}
		if s.noise != nil {
			k.SetSym(i, i, k.At(i, i)+s.noise[i])
		}
	}
	return k
}
