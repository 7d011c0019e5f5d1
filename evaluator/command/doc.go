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
// A process answers one request after another until [Evaluator.Close] closes its standard input. Each parallel evaluation uses
// its own process, up to Config.Processes; further evaluations wait. A process that has exited is replaced when the next
// evaluation needs one, so a program may also exit after each answer. Processes are started directly, without a shell. Request
// ids are random numbers below 2^53, so a program cannot answer a request before reading it.
//
// If Config.Plan is set, every request also describes the architecture's network, so that the program can build networks of any
// space and design:
//
//	Plan: network.Planner(design, input),
//
// The trainer in examples/pytorch is such a program.
//
// An Evaluator implements evaluator.Budgeted: EvaluateAt sends its own number of epochs, or of Config.Unit, and the "resume" that
// the program returned at a smaller budget. Progress lines of the program go to evaluator.Report, with the objective so far if
// they contain it. If the context ends, for example because the search stops the evaluation, the process is killed.
//
// # What the program may print
//
// A program may print lines that are not replies, such as the output of its libraries. Such lines on standard output are logged
// and skipped, and so are further replies to a request that was already answered; protocol.ReplyReader describes what else is
// tolerated. Skipped lines never change a result. Config.Strict turns them into errors.
//
// # Errors
//
// Every error is an [*Error], which includes the end of the process's output. If the process fails to answer, it is killed and
// the next evaluation starts a new one. The error wraps:
//
//	the program cannot be started: not found, not executable        evaluator.ErrBroken
//	the machine is short of memory or processes                     evaluator.ErrTemporary
//	the program exits, crashes or closes its standard output        evaluator.ErrTemporary
//	it writes a malformed reply, or one with another id             evaluator.ErrTemporary, and maybe protocol.ErrMalformed
//	its value is NaN or infinite                                    evaluator.ErrUncertain, evaluator.ErrNotFinite
//	it does not answer within Config.Timeout                        evaluator.ErrTimeout
//	it answers with an error                                        *protocol.Failure
//
// The last two are evaluator.Permanent, so evaluator.Cached remembers them and package store stores them. But until the program
// has evaluated its first architecture, the program itself may be at fault. Until then these two errors also wrap
// evaluator.ErrUncertain and are not permanent.
//
// # Programs that never work
//
// If the program has never evaluated an architecture, the evaluator gives up, so that a search ends instead of failing all its
// evaluations, in two cases:
//
//   - The program has answered no request at all, not even with an error, and Config.GiveUp requests have failed. Each attempt
//     of an evaluator.Retried is a request.
//   - The program has answered Config.GiveUp different architectures with the same error, which is not temporary, and with no
//     other error.
//
// This evaluation and all later ones then fail with an error that wraps evaluator.ErrBroken and includes the error of the last
// request. Once the program has evaluated an architecture, failures never break the evaluator.
//
// # Process groups
//
// On Unix each process leads a process group. The whole group is killed when an evaluation is canceled or fails, and when the
// process exits. A descendant that has left the group is neither killed nor waited for. If the kernel does not end a killed
// process, for example because it is blocked in a driver, the evaluator stops waiting after 3 seconds. On Linux the kernel also
// kills the process when this program dies for any reason; descendants of the process then see their pipes close. On other
// systems a program should exit when its standard input is closed. On systems other than Unix only the process itself is killed.
package command
