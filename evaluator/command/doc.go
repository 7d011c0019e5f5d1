// Package command evaluates architectures with a program, such as a trainer in Python. An [Evaluator] starts the program,
// writes requests to its standard input and reads replies from its standard output, as package protocol describes:
//
//	e, err := command.New(space, command.Config{
//		Command:   []string{"python3", "worker.py"},
//		Processes: 4,
//		Timeout:   2 * time.Hour,
//		Budget:    map[string]float64{"epochs": 12},
//		Logger:    slog.Default(),
//	})
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer e.Close()
//
// A process answers one request after another until [Evaluator.Close] closes its standard input. There are as many processes
// as evaluations run in parallel, up to Config.Processes. A process that has died is replaced when the next evaluation needs
// one, so a program may also exit after each answer. No shell is involved. Request ids are random numbers below 2^53: a program
// cannot answer a request that it has not read.
//
// If Config.Plan is set, every request also has a plan of the architecture's network, so that the program can build networks of
// any space and design:
//
//	Plan: network.Planner(design, input),
//
// The trainer in examples/pytorch is such a program.
//
// An Evaluator has budgets (evaluator.Budgeted): EvaluateAt sends another number of epochs, or whatever Config.Unit names, and what
// the program answered in "resume" at a smaller budget. What the program reports of its progress goes to evaluator.Report, with
// the objective so far if it is there. If the context ends, because a search stops the evaluation or for any other reason, the
// process is killed.
//
// # What the program may print
//
// Programs whose libraries print need not be changed. Lines on standard output that are not replies are logged and skipped,
// and so are replies to requests that were answered before; protocol.ReplyReader describes what else is tolerated. Such
// lines never change the result of an architecture. Config.Strict turns them into errors.
//
// # What can go wrong
//
// An error is an [*Error] with the end of what the process wrote. Unless the program answered with an error, its process is
// killed and the next evaluation gets a new one. What the error wraps says who may be at fault:
//
//	the program cannot be started: not found, not executable        evaluator.ErrBroken
//	the machine is short of memory or processes                     evaluator.ErrTemporary
//	the program ends, crashes or closes its standard output         evaluator.ErrTemporary
//	it writes a malformed reply, or one with another id             evaluator.ErrTemporary, and maybe protocol.ErrMalformed
//	its value is NaN or infinite                                    evaluator.ErrUncertain, evaluator.ErrNotFinite
//	it does not answer within Config.Timeout                        evaluator.ErrTimeout
//	it answers with an error                                        *protocol.Failure
//
// The last two are held against the architecture: they are evaluator.Permanent, so evaluator.Cached remembers them and package
// store stores them. But as long as the program has not evaluated any architecture, it may be the program that does not
// work, and then they also wrap evaluator.ErrUncertain and are not permanent.
//
// # When the program does not work
//
// A program that has never evaluated an architecture makes the evaluator broken, so that a search ends instead of failing
// all its evaluations, if
//
//   - it has not answered the first requests at all, not even with an error, and Config.GiveUp of them have failed. Each
//     attempt of an evaluator.Retried is a request.
//   - or it has answered Config.GiveUp different architectures with the same error, which is not temporary, and with no other.
//
// This and all later evaluations then fail with an error that wraps evaluator.ErrBroken and says how the last request
// failed. Once the program has evaluated an architecture, failures never make the evaluator broken.
//
// # What is left behind
//
// On Unix each process leads a process group, and the group is killed as a whole: when an evaluation is cancelled or fails,
// and when the process has ended by itself. A descendant that has left the group is not found, but is not waited for either.
// A process that the kernel does not let go of, for example in a driver, is waited for no longer than 3 seconds. On Linux the
// kernel also kills the process when this program dies, however it dies; its descendants then see their pipes close.
// Elsewhere a program should end when its standard input does. On systems other than Unix only the process itself is killed.
package command
