// Package report shows a search as an HTML page: as a file, or over HTTP while the search runs.
//
// [Write] writes the page of a finished or running search. The page loads nothing else, so it works without a network:
//
//	history, err := search.Run(ctx, evaluator)
//	…
//	err = report.Write(file, space, history, report.Options{Objective: "validation accuracy (%)"})
//
// The page shows:
//
//   - the best value so far, or the front if there are several objectives;
//   - the cost of each budget and the promoted architectures, if there are several budgets;
//   - learning curves;
//   - drawings of the best architectures;
//   - the sources of proposals;
//   - how the generator changed between training runs, if the method describes it (see rl.Reinforce.Inspect);
//   - when workers were busy;
//   - the reasons for failures;
//   - a table of all evaluations, which can be sorted and filtered.
//
// # While the search runs
//
// A [Monitor] follows a search, and a [Handler] serves one page for all its Monitors. An open page shows new results as they arrive:
//
//	monitor := report.NewMonitor(space, report.Options{Name: "evolution, seed 1"})
//	search, err := rl.New(space, method, monitor.Watch(config))
//	…
//	handler := &report.Handler{}
//	handler.Add(monitor)
//	go report.Serve(ctx, ":8080", handler, nil)
//	history, err := search.Run(ctx, monitor.Evaluator(evaluator))
//	monitor.Finish(history)
//
// # Safety
//
// The page shows names, errors and notations as text, even if they contain markup. Its content security policy allows only its own
// script and style, and only connections to the server that sent it. Anyone who can reach a Handler can read the search but cannot
// change it. [Serve] listens on the loopback interface unless the address names another host.
//
// # Other formats
//
// Package plots draws figures for papers, package tensorboard writes event files for TensorBoard, and package mlflow writes runs for
// MLflow.
package report
