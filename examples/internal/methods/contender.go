package methods

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/examples/internal/tool"

	"github.com/graphpnas/graphpnas/examples/internal/program"
)

// Contender is a method to compare, with its number of seeds.
type Contender struct {
	tool.Named[New]
	Seeds int
}

// Contenders reads the value of the flag -methods: names of methods, separated by commas or +, each optionally with a colon and
// its own number of seeds. The others have the given number.
func Contenders(list string, seeds int) ([]Contender, error) { return ContendersOf(All, list, seeds) }

// ContendersOf is like Contenders, but looks up the methods in another list than All.
func ContendersOf(methods []tool.Named[New], list string, seeds int) ([]Contender, error) {
	var all []Contender
	for name := range strings.SplitSeq(strings.ReplaceAll(list, "+", ","), ",") {
		m, err := contend(methods, name, seeds)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(other Contender) bool { return other.Name == m.Name }) {
			return nil, program.Usagef("-methods names %s twice", m.Name)
		}
		all = append(all, m)
	}
	return all, nil
}

// contend reads the name of a method and, after a colon, its own number of seeds if it has one.
func contend(methods []tool.Named[New], entry string, seeds int) (Contender, error) {
	name, number, ok := strings.Cut(entry, ":")
	m, err := tool.Find(methods, "method", name)
	if err != nil {
		return Contender{}, fmt.Errorf("-methods: %w", err)
	}
	if ok {
		if seeds, err = strconv.Atoi(number); err != nil || seeds < 1 {
			return Contender{}, program.Usagef("-methods %s: the number of seeds must be at least 1, got %q", entry, number)
		}
	}
	return Contender{m, seeds}, nil
}

// Search is a search that a method is to run with a seed.
type Search struct {
	tool.Named[New]
	Seed uint64
}

// String names the search in messages.
func (s Search) String() string { return fmt.Sprintf("%s, seed %d", s.Name, s.Seed) }

// Tasks returns all searches of contenders, whose seeds begin with first: the first seed of all methods, then the second, and so on,
// so that a comparison that is stopped has about as many seeds of each.
func Tasks(all []Contender, first uint64) []Search {
	most := 0
	for _, m := range all {
		most = max(most, m.Seeds)
	}
	var tasks []Search
	for i := range most {
		for _, m := range all {
			if i < m.Seeds {
				tasks = append(tasks, Search{m.Named, first + uint64(i)})
			}
		}
	}
	return tasks
}

// Baseline returns the method that the others are compared with: the one that a flag names or, if it names none, the
// usual one if it takes part and otherwise the first.
func Baseline(flag, name, usual string, all []Contender) (string, error) {
	var there []string
	for _, m := range all {
		there = append(there, m.Name)
	}
	switch {
	case slices.Contains(there, name):
		return name, nil
	case name != "":
		return "", program.Usagef("-%s %s is not among the methods, which are %s", flag, name, strings.Join(there, ", "))
	case slices.Contains(there, usual):
		return usual, nil
	}
	return there[0], nil
}
