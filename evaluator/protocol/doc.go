// Package protocol defines how one program asks another to evaluate architectures. The messages are lines of JSON, so the other
// program may be written in any language. This package implements version 1.
//
// The client writes a [Request] on a line, and the evaluating program answers with a [Reply] on a line:
//
//	{"protocol": 1, "id": "7", "space": "nasbench201", "arch": {"parts": […]}, "notation": "|none~0|+|…|",
//	 "budget": {"epochs": 12}, "seed": 0}
//	{"id": "7", "progress": 0.5, "epoch": 6, "value": 71.2, "message": "epoch 6 of 12"}
//	{"id": "7", "value": 93.2, "metrics": {"params": 1300000}, "cost_seconds": 12.5}
//
// The request is shown on two lines to fit the page. "arch" is the JSON of [searchspace.Arch], and "notation" is the same
// architecture in the usual notation of its space, if there is one. A request may also have a "plan", an object that
// describes the architecture's network (see docs/plan.md): a program that builds networks from plans does not need to know the
// space. The last reply to a request is either a result, as above, or an error:
//
//	{"id": "7", "error": "out of memory", "temporary": true}
//
// "temporary" means that the evaluation may succeed if it is retried. An evaluator may also give a failed architecture an
// objective, so that a search can learn from it. It then replies with a result whose "failure" is the error:
//
//	{"id": "7", "value": 10, "failure": "the training has diverged"}
//
// Any number of progress lines may precede the result or error. Progress lines with an "epoch" and a "value" report the learning
// curve; the search may stop the evaluation if the curve is not promising. All replies to a request carry its id, and nothing
// follows the result or error.
//
// # Budgets
//
// A search that evaluates at several budgets sends them in "budget". A program that can continue a training run returns a string
// in "resume", such as the name of a checkpoint. The request at the next larger budget contains it as "resume":
//
//	{"id": "7", "value": 85.1, "cost_seconds": 12.5, "resume": "checkpoints/17"}
//	{"protocol": 1, "id": "9", …, "budget": {"epochs": 36}, "resume": "checkpoints/17", "seed": 0}
//
// A program that cannot continue, or whose checkpoint is gone, starts from scratch. "cost_seconds" always covers this request
// alone.
//
// # Format
//
// A line has at most [MaxLine] bytes, including the newline, and is UTF-8. Everything that this page does not describe is an
// error: an unknown field, a field that is null, a number that is not finite, another version. [Schema] returns the JSON Schema
// of the messages. A [Reader] accepts only valid lines. A [ReplyReader] also tolerates programs that print other lines.
//
// # Evaluating programs
//
// In Go, [Serve] turns an evaluator into a program:
//
//	err := protocol.Serve(context.Background(), os.Stdin, os.Stdout, space, evaluator.Func(train))
//
// Here train gets the budget and the seed from [RequestFrom] and passes its progress to [evaluator.Report]. In another language,
// write a loop that reads a line, evaluates, writes a line and flushes it, until the input ends. Write only replies to standard
// output and everything else to standard error.
package protocol
