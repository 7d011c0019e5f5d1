// Plans writes the plans of networks that examples/pytorch/measure.py and BenchmarkSteps measure.
//
//	go run ./evaluator/network/internal/plans -out plans
//
// plans/published contains the networks of the published experiments, plans/steps one network of each space whose training step
// takes well under a second on a CPU, and plans/members small random members of every space.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/network/internal/draw"
)

func main() {
	out := flag.String("out", "plans", "write the plans to this `folder`")
	members := flag.Int("members", 20, "`number` of random members of each space")
	flag.Parse()
	if err := write(*out, *members); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(out string, members int) error {
	for folder, named := range map[string][]named{"published": published, "steps": steps} {
		for _, n := range named {
			plan, err := n.median()
			if err != nil {
				return fmt.Errorf("%s: %w", n.name, err)
			}
			if err := writePlan(filepath.Join(out, folder, n.name+".json"), plan); err != nil {
				return err
			}
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for _, space := range draw.Spaces() {
		name := strings.ReplaceAll(strings.ToLower(space.Name), " ", "-")
		for i := range members {
			plan, err := space.Plan(rng)
			if err != nil {
				return fmt.Errorf("%s: %w", space.Name, err)
			}
			if err := writePlan(filepath.Join(out, "members", fmt.Sprintf("%s-%02d.json", name, i)), plan); err != nil {
				return err
			}
		}
	}
	return nil
}

func writePlan(path string, plan *network.Plan) error {
	text, err := json.Marshal(plan)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o666)
}

// median draws nine architectures and returns the plan of the one with the median number of operations.
func (n named) median() (*network.Plan, error) {
	archs, err := n.generator.Sample(context.Background(), rand.New(rand.NewPCG(1, 1)), 9)
	if err != nil {
		return nil, err
	}
	plans := make([]*network.Plan, len(archs))
	for i, a := range archs {
		if plans[i], err = network.NewPlan(n.design, a, n.input); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(plans, func(a, b *network.Plan) int { return cmp.Compare(a.FLOPs(), b.FLOPs()) })
	return plans[len(plans)/2], nil
}
