// Package tool contains the code shared by the tools among the examples: common flags, checks of flags, a progress bar that
// shows the best value so far, and the error of a tool that is stopped.
package tool

import (
	"context"
	"flag"
	"fmt"

	"github.com/graphpnas/graphpnas/examples/internal/program"
)

// SeedFlags defines the flags -seed and -seeds. The tool runs things, such as "searches", with each of the seeds from first
// upward. usual is the default of -seeds.
func SeedFlags(flags *flag.FlagSet, first *uint64, number *int, usual int, things string) {
	flags.Uint64Var(first, "seed", 1, "first seed")
	flags.IntVar(number, "seeds", usual, "number of "+things+", with the seeds from -seed upward; at least 1")
}

// Bound is an integer flag with its minimum value.
type Bound struct {
	Name         string
	Value, Least int
}

// Check returns an error about the first of the flags whose value is too low.
func Check(flags ...Bound) error {
	for _, f := range flags {
		if f.Value < f.Least {
			return program.Usagef("-%s must be at least %d, got %d", f.Name, f.Least, f.Value)
		}
	}
	return nil
}

// Unfinished returns the error of a tool whose context ended when some of all things, such as searches, had finished.
func Unfinished(ctx context.Context, finished, all int, things string) error {
	return fmt.Errorf("%w: %d of %d %s have finished", context.Cause(ctx), finished, all, things)
}

// Stopped is like Unfinished, for a tool with the flag -out. The error describes where the results are saved: out is the value
// of the flag, a directory or empty.
func Stopped(ctx context.Context, finished, all int, things, out string) error {
	kept := "nothing is saved without -out DIR"
	if out != "" {
		kept = "the results so far are saved in " + out + "; the same command continues"
	}
	return fmt.Errorf("%w; %s", Unfinished(ctx, finished, all, things), kept)
}
