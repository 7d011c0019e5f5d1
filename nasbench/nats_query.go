package nasbench

import (
	"fmt"
	"slices"
	"strings"
)

// natsPublished lists the training runs in the published directory. No cell has all of them.
var natsPublished = func() []NATSQuery {
	published := []NATSQuery{{NATSCIFAR10Valid, 12, 777}}
	for _, dataset := range []string{NATSCIFAR10Valid, NATSCIFAR10, NATSCIFAR100, NATSImageNet16120} {
		published = append(published, NATSQuery{dataset, 12, 111})
		for _, seed := range []int{777, 888, 999} {
			published = append(published, NATSQuery{dataset, 200, seed})
		}
	}
	return published
}()

// recorded returns the training runs that cells have. For a directory it returns those of the
// published one, because finding out would require reading thousands of files.
func (n *NATS) recorded() []NATSQuery {
	if n.simple {
		return natsPublished
	}
	seen := map[NATSQuery]bool{}
	var recorded []NATSQuery
	for i := range n.loaded {
		a := n.loaded[i].Load()
		if a == nil {
			continue
		}
		for _, run := range a.runs {
			if q := (NATSQuery{run.dataset, run.epochs, run.seed}); !seen[q] {
				seen[q] = true
				recorded = append(recorded, q)
			}
		}
	}
	return recorded
}

// checkQuery returns an error if a query, with its defaults filled in, selects no training of any cell.
func (n *NATS) checkQuery(q NATSQuery) error {
	recorded := n.recorded()
	left := natsSelect(recorded, func(r NATSQuery) bool { return r.Dataset == q.Dataset })
	if len(left) == 0 {
		return fmt.Errorf("data set %q is %w; the data sets are %s", q.Dataset, ErrNotRecorded,
			distinct(recorded, func(r NATSQuery) string { return r.Dataset }))
	}
	ofDataset := left
	left = natsSelect(left, func(r NATSQuery) bool { return r.Epochs == q.Epochs })
	if len(left) == 0 {
		return fmt.Errorf("training on %s for %d epochs is %w; there are training runs for %s epochs", q.Dataset, q.Epochs, ErrNotRecorded,
			distinct(ofDataset, func(r NATSQuery) int { return r.Epochs }))
	}
	if q.Seed != 0 && !slices.Contains(left, q) {
		return fmt.Errorf("%s is %w; the seeds are %s", q, ErrNotRecorded, distinct(left, func(r NATSQuery) int { return r.Seed }))
	}
	return nil
}

func natsSelect(from []NATSQuery, want func(NATSQuery) bool) []NATSQuery {
	return slices.DeleteFunc(slices.Clone(from), func(q NATSQuery) bool { return !want(q) })
}

// distinct lists the values of a field of queries for messages, each once.
func distinct[T int | string](queries []NATSQuery, field func(NATSQuery) T) string {
	var values []T
	for _, q := range queries {
		values = append(values, field(q))
	}
	slices.Sort(values)
	values = slices.Compact(values)
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = fmt.Sprint(v)
	}
	return strings.Join(texts, ", ")
}
