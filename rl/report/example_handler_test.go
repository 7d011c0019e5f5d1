package report_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/report"
	"github.com/graphpnas/graphpnas/searchspace"
)

// This example follows a search with a Monitor and reads its metrics. To show the page in a browser, serve the Handler with Serve.
func ExampleHandler() {
	space := searchspace.NASBench201{}
	edges := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, nil
	})
	monitor := report.NewMonitor(space, report.Options{Name: "local search", Objective: "edges"})
	handler := &report.Handler{Metrics: true}
	handler.Add(monitor)

	search, err := rl.New(space, baseline.LocalSearch{}, monitor.Watch(rl.Config{Seed: 1, Evaluations: 20}))
	if err != nil {
		log.Fatal(err)
	}
	history, err := search.Run(context.Background(), monitor.Evaluator(edges))
	if err != nil {
		log.Fatal(err)
	}
	monitor.Finish(history)

	response := httptest.NewRecorder()
	handler.ServeHTTP(response, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for line := range strings.Lines(response.Body.String()) {
		if strings.HasPrefix(line, "graphpnas_evaluations_total") {
			fmt.Print(line)
		}
	}
	// Output:
	// graphpnas_evaluations_total{search="local search",outcome="succeeded"} 20
	// graphpnas_evaluations_total{search="local search",outcome="failed"} 0
	// graphpnas_evaluations_total{search="local search",outcome="stopped"} 0
}
