// Package protocol is how programs ask one another to evaluate architectures: lines of JSON, which a program in any
// language can read and write. This is version 1.
//
// Whoever asks writes a [Request] on a line, and whoever evaluates answers it with a [Reply] on a line:
//
//	{"protocol": 1, "id": "7", "space": "nasbench201", "arch": {"parts": […]}, "notation": "|none~0|+|…|",
//	 "budget": {"epochs": 12}, "seed": 0}
//	{"id": "7", "progress": 0.5, "message": "epoch 6 of 12"}
//	{"id": "7", "value": 93.2, "metrics": {"params": 1300000}, "cost_seconds": 12.5}
//
// The lines are broken here for the page only. A request's "arch" is as [searchspace.Arch] writes it, "notation" the same
// in the customary writing of its space, where there is one. A reply that ends a request is a result, as here, or says
// what went wrong:
//
//	{"id": "7", "error": "out of memory", "temporary": true}
//
// where "temporary" says that it makes sense to try again. An evaluator that gives what has failed an objective all the same,
// for a search to learn from, ends the request with a result that says in "failure" what went wrong:
//
//	{"id": "7", "value": 10, "failure": "the training has diverged"}
//
// Before that there may be any number of progress lines. The replies to one request carry its id, and nothing comes after
// the one that ends it.
//
// A line has at most [MaxLine] bytes, its end counted, and is UTF-8. What is not described here is refused: a field that is
// unknown or stands for nothing (null), a number that is not finite, another version. [Schema] has it all as a JSON
// Schema.
//
// # A program that evaluates
//
// In Go, [Serve] makes a program of an evaluator:
//
//	err := protocol.Serve(context.Background(), os.Stdin, os.Stdout, space, evaluator.Func(train))
//
// where train finds budget and seed by [RequestFrom] and tells how far it has come by [Report]. In another language it is
// a loop: read a line, evaluate, write a line and flush it; end when the input ends. Standard output is for replies alone,
// whatever else the program has to say goes to standard error.
package protocol
