// Package command has a program evaluate: a trainer in Python, say, or whatever reads lines and writes lines. An
// [Evaluator] starts the program, writes requests to its standard input and reads the replies from its standard output, as
// package protocol describes them:
//
//	e, err := command.New(space, command.Config{
//		Command:   []string{"python3", "worker.py"},
//		Processes: 4,
//		Timeout:   2 * time.Hour,
//		Budget:    map[string]float64{"epochs": 12},
//	})
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer e.Close()
//
// The program runs as a process that is asked again and again, one request at a time, until [Evaluator.Close] ends its
// standard input. There are as many processes as evaluations run at a time, up to Config.Processes. One that has died is
// replaced when the next evaluation needs it. No shell is involved.
//
// # What can go wrong
//
// Whatever a program does wrong is an [*Error] of the architecture that it is asked for, with the end of what it has
// written to standard error; the process is killed, and the next evaluation has a new one. The program
//
//   - ends, crashes or closes its standard output before it has answered: wraps [evaluator.ErrTemporary];
//   - does not answer within Config.Timeout: wraps [evaluator.ErrTimeout];
//   - writes what is no reply, or a line that does not end: wraps protocol.ErrMalformed;
//   - answers what it was not asked;
//   - writes on after its answer, which the next evaluation notices: wraps ErrTemporary where it was about the same request.
//
// A program that answers with an error is in order: its process lives on, and the Error wraps a *protocol.Failure. A program
// that cannot be started, because it does not exist or must not be executed, makes the evaluator broken:
// [evaluator.ErrBroken]. One that starts and dies at once, every time, does not: it fails each architecture.
//
// # What is left behind
//
// On Unix each process leads a process group, and the group is killed as a whole: when an evaluation is cancelled or fails,
// and when the process has ended by itself. A descendant that has left the group is not found, but not waited for either,
// and a process that the kernel does not let go of, in a driver for instance, is waited for no longer than 3 seconds.
// On Linux the kernel also kills the process when this program dies, however it dies; its descendants then see their
// pipes end. Elsewhere a program should end when its standard input does. On systems other than Unix only the process
// itself is killed.
package command
