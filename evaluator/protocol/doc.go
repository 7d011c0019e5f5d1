// Package protocol defines how one program asks another to evaluate architectures: in lines of JSON, which programs in any
// language can read and write. This is version 1.
//
// The asking program writes a [Request] on a line, and the evaluating program answers it with a [Reply] on a line:
//
//	{"protocol": 1, "id": "7", "space": "nasbench201", "arch": {"parts": […]}, "notation": "|none~0|+|…|",
//	 "budget": {"epochs": 12}, "seed": 0}
//	{"id": "7", "progress": 0.5, "epoch": 6, "value": 71.2, "message": "epoch 6 of 12"}
//	{"id": "7", "value": 93.2, "metrics": {"params": 1300000}, "cost_seconds": 12.5}
//
// The first line is broken here only to fit the page. The "arch" of a request has the form that [searchspace.Arch] writes,
// and "notation" is the same architecture in the customary notation of its space, if the space has one. A request may also have
// a "plan", an object that describes the architecture's network (docs/plan.md): a program that builds networks from plans
// needs to know nothing about spaces. A reply that ends a request is a result, as above, or an error:
//
//	{"id": "7", "error": "out of memory", "temporary": true}
//
// where "temporary" means that the evaluation may succeed if it is retried. An evaluator that gives a failed architecture an
// objective all the same, so that a search can learn from it, answers with a result and says in "failure" what went wrong:
//
//	{"id": "7", "value": 10, "failure": "the training has diverged"}
//
// Before the result or error there may be any number of progress lines. Those with an "epoch" and a "value" tell the search how
// good the network is so far, and it may stop the evaluation for that. All replies to a request carry its id, and nothing
// follows the result or error.
//
// # Budgets
//
// A search that evaluates at several budgets sends them in "budget". A program that can continue a training answers with a text
// in "resume", such as the name of a checkpoint, and gets it back in the "resume" of the request at the next larger budget:
//
//	{"id": "7", "value": 85.1, "cost_seconds": 12.5, "resume": "checkpoints/17"}
//	{"protocol": 1, "id": "9", …, "budget": {"epochs": 36}, "resume": "checkpoints/17", "seed": 0}
//
// A program that cannot continue, or finds that the checkpoint is gone, starts from scratch. The cost is always what answering
// this request took.
//
// A line has at most [MaxLine] bytes, including the newline, and is UTF-8. Whatever this page does not describe is an error:
// an unknown field, a field that is null, a number that is not finite, another version. [Schema] describes it all as a JSON
// Schema. A [Reader] accepts only such lines; a [ReplyReader] is lenient with programs that write more than replies.
//
// # A program that evaluates
//
// In Go, [Serve] turns an evaluator into a program:
//
//	err := protocol.Serve(context.Background(), os.Stdin, os.Stdout, space, evaluator.Func(train))
//
// where train gets budget and seed from [RequestFrom] and passes its progress to [evaluator.Report]. In another language, such a
// program is a loop: read a line, evaluate, write a line and flush it, and end when the input ends. Write only replies to
// standard output and everything else to standard error.
package protocol
