package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/bayes"
	"github.com/graphpnas/graphpnas/searchspace"
)

func main() {
	dev := os.Args[1]
	seed, _ := strconv.Atoi(os.Args[2])
	t, err := nasbench.Open("/work/shared/data/nasbench201/nb201.csv", searchspace.NASBench201{})
	if err != nil {
		panic(err)
	}
	l, _ := nasbench.Open("/work/shared/data/latency/nb201_latency.csv", searchspace.NASBench201{})
	e, _ := t.Evaluator("cifar10_valid_12")
	f, _ := l.Evaluator(dev, dev)
	s, _ := rl.New(searchspace.NASBench201{}, bayes.HypervolumeImprovement{}, rl.Config{Seed: uint64(seed), Evaluations: 60, Figures: f, Objectives: []rl.Objective{rl.Maximize(""), rl.Minimize(dev)}})
	h, err := s.Run(context.Background(), e)
	if err != nil {
		panic(err)
	}
	for _, e := range h.Evaluations {
		fmt.Printf("%d %.2f %.2f %s %s\n", e.ID, e.Result.Value, e.Result.Metrics[dev], e.Source, searchspace.Text(searchspace.NASBench201{}, e.Arch))
	}
	fmt.Println("front")
	for _, e := range h.Front() {
		fmt.Printf("%d %.2f %.2f\n", e.ID, e.Result.Value, e.Result.Metrics[dev])
	}
}
