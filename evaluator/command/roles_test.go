//go:build unix

package command_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

// The tests run the test binary itself as the program. This environment variable selects the program's role.
const roleVariable = "COMMAND_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		play(role)
		return
	}
	os.Setenv("GORACE", "atexit_sleep_ms=0") // under the race detector every program would exit a second later
	goleak.VerifyTestMain(m)
}

func play(role string) {
	if bad, ok := faults[role]; ok {
		bad(newPlayer())
		return
	}
	if h, ok := habits[strings.TrimPrefix(role, "habit: ")]; ok {
		h.play(newPlayer())
		return
	}
	var served searchspace.Space = graphs{}
	e, ok := workers[role]
	if role == "edges" { // the program of the example
		served, e, ok = searchspace.NASBench201{}, edges, true
	}
	if !ok {
		panic("no such role: " + role)
	}
	if err := protocol.Serve(context.Background(), os.Stdin, os.Stdout, served, e); err != nil {
		panic(err)
	}
}

// graphs is a space that contains all architectures. It cannot be sampled.
type graphs struct{ searchspace.Space }

func (graphs) Name() string                    { return "graphs" }
func (graphs) Validate(searchspace.Arch) error { return nil }
func (graphs) Key(a searchspace.Arch) string   { return a.String() }

func edges(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, nil
}

// workers are the programs that follow the protocol.
var workers = map[string]evaluator.Func{
	// repaired counts nodes.
	"repaired": func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: float64(a.Part(0).Len())}, nil
	},
	// nodes counts nodes and returns its process number as a metric.
	"nodes": func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{
			Value: float64(a.Part(0).Len()), Metrics: map[string]float64{"pid": float64(os.Getpid())},
		}, nil
	},
	// erratic counts nodes too, but crashes for one node, fails for two, reports progress and hangs for three, and takes some
	// time for others.
	"erratic": func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		n := a.Part(0).Len()
		switch n {
		case 1:
			fmt.Fprintln(os.Stderr, "out of memory")
			os.Exit(1)
		case 2:
			return evaluator.Result{}, fmt.Errorf("busy: %w", evaluator.ErrTemporary)
		case 3:
			evaluator.Report(ctx, protocol.Progress{Fraction: 0.5})
			select {}
		}
		time.Sleep(time.Duration(n%7) * time.Millisecond)
		return evaluator.Result{Value: float64(n), Metrics: map[string]float64{"pid": float64(os.Getpid())}}, nil
	},
	// asked returns the numbers of the request and prints its environment, directory and arguments.
	"asked": func(ctx context.Context, _ searchspace.Arch) (evaluator.Result, error) {
		r, _ := protocol.RequestFrom(ctx)
		evaluator.Report(ctx, protocol.Progress{Fraction: 0.25, Message: "begun"})
		evaluator.Report(ctx, protocol.Progress{Fraction: 1})
		dir, _ := os.Getwd()
		fmt.Fprintf(os.Stderr, "%s in %s with %s\n", os.Getenv("COLOR"), dir, strings.Join(os.Args[1:], " "))
		if r.Budget["fail"] != 0 {
			os.Exit(1)
		}
		return evaluator.Result{Value: r.Budget["epochs"], Metrics: map[string]float64{"seed": float64(r.Seed)}}, nil
	},
	// continued trains for the request's epochs, from where the evaluation that it resumes ended, at a second each.
	"continued": func(ctx context.Context, _ searchspace.Arch) (evaluator.Result, error) {
		r, _ := protocol.RequestFrom(ctx)
		before := 0.0
		if r.Resume != "" {
			var err error
			if before, err = strconv.ParseFloat(r.Resume, 64); err != nil {
				return evaluator.Result{}, err
			}
		}
		epochs := r.Budget["epochs"]
		return evaluator.Result{
			Value: epochs, Resume: fmt.Sprint(epochs), Cost: time.Duration((epochs - before) * float64(time.Second)),
		}, nil
	},
	// planned returns the number of operations in the request's plan.
	"planned": func(ctx context.Context, _ searchspace.Arch) (evaluator.Result, error) {
		r, _ := protocol.RequestFrom(ctx)
		var plan struct{ Operations []string }
		err := json.Unmarshal(r.Plan, &plan)
		return evaluator.Result{Value: float64(len(plan.Operations))}, err
	},
	// penalized returns an objective for a failed evaluation.
	"penalized": func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: 10, Failure: "the training has diverged"}, nil
	},
	// loud floods standard error before it answers.
	"loud": func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		flood()
		return evaluator.Result{Value: float64(a.Part(0).Len())}, nil
	},
}

func flood() {
	for range 1 << 10 {
		_, _ = os.Stderr.WriteString(strings.Repeat("warning: this is deprecated\n", 400))
	}
}

// player is a program that violates the protocol.
type player struct{ requests *protocol.Reader }

func newPlayer() player { return player{protocol.NewReader(os.Stdin)} }

// next reads a request. It exits if there is none.
func (p player) next() protocol.Request {
	var r protocol.Request
	if err := p.requests.Read(&r); errors.Is(err, io.EOF) {
		os.Exit(0)
	} else if err != nil {
		panic(err)
	}
	return r
}

// answer replies with the number of nodes.
func (player) answer(id string, r protocol.Request) {
	result := evaluator.Result{
		Value: float64(r.Arch.Part(0).Len()), Metrics: map[string]float64{"pid": float64(os.Getpid())},
	}
	if err := protocol.Write(os.Stdout, &protocol.Reply{ID: id, Result: &result}); err != nil {
		panic(err)
	}
}

// child starts this program in another role, with the same standard output and error.
func (player) child(role string, attributes *syscall.SysProcAttr) {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), roleVariable+"="+role)
	c.Stdout, c.Stderr, c.SysProcAttr = os.Stdout, os.Stderr, attributes
	if err := c.Start(); err != nil {
		panic(err)
	}
}

func sleep() { time.Sleep(time.Hour) }

// faults are programs that violate the protocol.
var faults = map[string]func(player){
	"crash": func(p player) {
		p.next()
		fmt.Fprintln(os.Stderr, "CUDA error: out of memory")
		os.Exit(3)
	},
	"killed": func(p player) {
		p.next()
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		sleep()
	},
	"ends early": func(p player) { p.next() },
	"ends at once": func(player) {
		fmt.Fprintln(os.Stderr, "no module named torch")
		os.Exit(1)
	},
	"ends within a reply": func(p player) { fmt.Printf(`{"id":%q,"val`, p.next().ID) },
	"hang":                func(p player) { p.next(); sleep() },
	"endless progress": func(p player) {
		r := p.next()
		for {
			_ = protocol.Write(os.Stdout, &protocol.Reply{ID: r.ID, Progress: &protocol.Progress{Fraction: 0.5}})
		}
	},
	"floods standard error": func(p player) {
		p.next()
		flood()
		fmt.Fprintln(os.Stderr, "that was too much")
		os.Exit(1)
	},
	"answers another id": func(p player) { p.answer("another", p.next()); sleep() },
	"answers ahead":      func(p player) { p.answer("2", p.next()); sleep() },
	"answers before it is asked": func(p player) {
		p.answer("1", protocol.Request{Arch: chain(1)})
		p.answer("1", p.next())
		sleep()
	},
	"rubbish":        func(p player) { p.next(); fmt.Println("epoch 1: loss 2.3"); sleep() },
	"not JSON":       func(p player) { fmt.Printf(`{"id":%q,"value":NaN}`+"\n", p.next().ID); sleep() },
	"does not flush": func(p player) { p.next(); sleep() },
	"endless line": func(p player) {
		p.next()
		for {
			if _, err := os.Stdout.WriteString(strings.Repeat("x", 1<<16)); err != nil {
				return
			}
		}
	},
	"never reads":        func(player) { sleep() },
	"closes its input":   func(player) { os.Stdin.Close(); sleep() },
	"closes its output":  func(p player) { p.next(); os.Stdout.Close(); sleep() },
	"leaves a child":     func(p player) { p.next(); p.child("sleep", nil); os.Exit(1) },
	"hangs with a child": func(p player) { p.next(); p.child("sleep", nil); sleep() },
	"leaves a child out of reach": func(p player) {
		p.next()
		p.child("sleep", &syscall.SysProcAttr{Setsid: true})
		os.Exit(1)
	},
	"sleep": func(player) { sleep() },
	"noisy": noisy,
	"answers twice": func(p player) {
		for {
			r := p.next()
			p.answer(r.ID, r)
			p.answer(r.ID, r)
		}
	},
	"one answer": func(p player) { r := p.next(); p.answer(r.ID, r) },
	"stays": func(p player) {
		r := p.next()
		fmt.Fprintln(os.Stderr, "I stay")
		p.answer(r.ID, r)
		sleep()
	},
	"says goodbye": func(p player) {
		r := p.next()
		p.answer(r.ID, r)
		_, _ = io.Copy(io.Discard, os.Stdin)
		fmt.Println("not a reply, but nobody listens")
		if err := os.WriteFile(os.Getenv("GOODBYE"), []byte("goodbye"), 0o666); err != nil {
			panic(err)
		}
	},
	"reports and hangs": func(p player) {
		progress := &protocol.Progress{Fraction: 0.5}
		_ = protocol.Write(os.Stdout, &protocol.Reply{ID: p.next().ID, Progress: progress})
		sleep()
	},
	// parent evaluates with a program that hangs, and prints a line once it does.
	"parent": func(player) {
		e := newCommand("reports and hangs", func(c *command.Config) {
			c.OnProgress = func(searchspace.Arch, protocol.Progress) { fmt.Println("it hangs") }
		})
		_, err := e.Evaluate(context.Background(), chain(1))
		panic(err)
	},
}
