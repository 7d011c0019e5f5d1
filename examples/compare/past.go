package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/graphpnas/graphpnas/examples/internal/tool"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/rl"
)

// pastSeeds separates the seeds of earlier searches from those of the searches that begin from
// them.
const pastSeeds = 1 << 32

// coldSuffix ends the names of methods that begin without the results of -past.
const coldSuffix = "-cold"

// cold returns the methods with coldSuffix added to their names.
func cold(all []tool.Named[methods.New]) []tool.Named[methods.New] {
	var named []tool.Named[methods.New]
	for _, m := range all {
		named = append(named, tool.Named[methods.New]{Name: m.Name + coldSuffix, Value: m.Value})
	}
	return named
}

// earlier runs the searches that a method's search begins from, one for each column of -past.
func (b *bench) earlier(ctx context.Context, m tool.Named[methods.New], seed uint64) ([]rl.Past, error) {
	if strings.HasSuffix(m.Name, coldSuffix) {
		return nil, nil
	}
	var list []rl.Past
	for i, column := range b.pasts() {
		e, err := b.table.Evaluator(column)
		if err != nil {
			return nil, err
		}
		method, config, err := b.method(m)
		if err != nil {
			return nil, err
		}
		config.Seed, config.Evaluations = seed+uint64(i+1)*pastSeeds, b.evals
		s, err := rl.New(b.space, method, config)
		if err != nil {
			return nil, err
		}
		h, err := s.Run(ctx, e)
		if err != nil {
			return nil, fmt.Errorf("search of %s: %w", column, err)
		}
		list = append(list, rl.Past{Name: column, Results: h.Outcomes(), OtherObjective: true})
	}
	return list, nil
}

// method makes a method for one search.
func (b *bench) method(m tool.Named[methods.New]) (rl.Method, rl.Config, error) {
	preset, err := tool.Find(methods.Presets, "preset", b.preset)
	if err != nil {
		return nil, rl.Config{}, err
	}
	return m.Value(methods.Task{Space: b.space, Paper: preset.Value, Explorer: b.explorer})
}
