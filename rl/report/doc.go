// Package report shows searches to people: as a page of HTML, in a file or over HTTP while the search runs.
//
// Write writes the page of a finished search, or of one that is still running. The file needs no network and no other file:
//
//	history, err := search.Run(ctx, evaluator)
//	…
//	err = report.Write(file, space, history, report.Options{Objective: "validation accuracy (%)"})
//
// It shows the best value so far, or the front if there are several objectives; what each budget cost and which architectures were
// promoted, if there are several budgets; learning curves; the best architectures as drawings; where proposals came from; what the
// generator learned from fit to fit; when workers were busy; why evaluations failed; and every evaluation in a table that can be
// sorted and filtered. What the generator learned is there if the method described it; see rl.Reinforce.Inspect.
//
// # While the search runs
//
// A Monitor follows a search, and a Handler serves the pages of one or several Monitors. Browsers show new results as they
// arrive:
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
// Names, errors and notations are shown as text, whatever they contain. The page's content security policy allows its own
// script and style only, and no connection but to the server that it came from. Anyone who can reach a Handler can read the
// search but not change it. Serve listens on the loopback interface unless it is told another one.
//
// # Other forms
//
// Package plots draws figures for papers, package tensorboard writes event files, and package mlflow writes runs.
package report
