// Package training contains the code shared by the tools that train networks on images, in this program or in PyTorch:
// flags, images, and training runs from scratch.
package training

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/examples/internal/torch"
)

// Options are the flags. A tool sets those whose default is not zero before it calls [Options.Flags].
type Options struct {
	Data, Dir    string // a data set and the directory of its files
	Train, Valid int    // numbers of images; Train may be 0 for all that are not for validation
	Epochs       int
	Batch        int
	Rate         float64 // learning rate at the start
	Augment      bool
	Seed         uint64
	Seeds        int
	Out          string // keeps everything that was trained; empty for nothing
	Unsaved      bool   // the tool has no flag -out
	Published    bool
	Generators   string // names of generators, separated by commas
	Trainer      torch.Trainer
}

// Flags defines the flags. Their help texts name what is trained, such as "shared weights".
func (o *Options) Flags(flags *flag.FlagSet, things string) {
	o.TrainingFlags(flags, things)
	flags.BoolVar(&o.Augment, "augment", false, "shift images by up to 4 pixels and mirror them")
	tool.SeedFlags(flags, &o.Seed, &o.Seeds, 1, "searches, at least two for an interval,")
	flags.StringVar(&o.Out, "out", "", "`directory` for trained weights, results and report.html; the same command resumes an interrupted run")
	flags.StringVar(&o.Generators, "generators", "graph", "generators that learn, separated by commas: "+strings.Join(tool.Names(generators), ", "))
	flags.BoolVar(&o.Published, "published", false, "settings close to the published ones, apart from flags that are given; see below")
	o.Trainer.Flags(flags)
}

// TrainingFlags defines the flags of the images and of how to train on them.
func (o *Options) TrainingFlags(flags *flag.FlagSet, things string) {
	flags.StringVar(&o.Data, "data", o.Data, "images: "+strings.Join(dataSets, ", ")+"; digits needs no files")
	flags.StringVar(&o.Dir, "dir", "/usr/share/datasets/fashion-mnist", "`directory` with the image files")
	flags.IntVar(&o.Train, "train", o.Train, "images to train on; 0 means all that are not used for validation")
	flags.IntVar(&o.Valid, "valid", o.Valid, "images to validate on")
	flags.IntVar(&o.Epochs, "epochs", o.Epochs, "epochs of "+things)
	flags.IntVar(&o.Batch, "batch", o.Batch, "batch size")
	flags.Float64Var(&o.Rate, "rate", o.Rate, "learning rate of "+things+" at the start; it follows a cosine to zero")
}

// Main parses the command line and runs the tool, with the published settings if -published asks for them.
func (o *Options) Main(published map[string]string, run func(context.Context) error) {
	program.Main(func(ctx context.Context) error {
		if o.Published {
			if err := program.Preset(flag.CommandLine, published); err != nil {
				return err
			}
		}
		return run(ctx)
	})
}

// Validate returns an error if a flag is out of range.
func (o *Options) Validate() error {
	if err := tool.Check(
		tool.Bound{Name: "seeds", Value: o.Seeds, Least: 1}, tool.Bound{Name: "train", Value: o.Train},
		tool.Bound{Name: "valid", Value: o.Valid, Least: 1}, tool.Bound{Name: "epochs", Value: o.Epochs, Least: 1},
		tool.Bound{Name: "batch", Value: o.Batch, Least: 1},
	); err != nil {
		return err
	}
	if !(o.Rate > 0) {
		return program.Usagef("-rate must be positive, got %g", o.Rate)
	}
	if !slices.Contains(dataSets, o.Data) {
		return program.Usagef("unknown -data %q; there are %s", o.Data, strings.Join(dataSets, ", "))
	}
	return o.Trainer.Validate()
}

// EachSeed searches with each seed, until a search fails or the context ends. In the latter case, the error also contains what
// else went wrong, such as saving the search.
func (o *Options) EachSeed(ctx context.Context, search func(seed uint64) error) error {
	for i := range o.Seeds {
		seed := o.Seed + uint64(i)
		err := search(seed)
		if err == nil {
			continue
		}
		if ctx.Err() == nil {
			return fmt.Errorf("seed %d: %w", seed, err)
		}
		stopped := o.stopped(ctx, i)
		if other := besides(ctx, err); other != nil {
			stopped = errors.Join(stopped, fmt.Errorf("seed %d: %w", seed, other))
		}
		return stopped
	}
	return nil
}

// stopped returns the error of a tool whose context ended after some seeds.
func (o *Options) stopped(ctx context.Context, finished int) error {
	if o.Unsaved {
		return tool.Unfinished(ctx, finished, o.Seeds, "seeds")
	}
	return tool.Stopped(ctx, finished, o.Seeds, "seeds", o.Out)
}

// besides returns those of the errors joined in err that do not come from the end of the context.
func besides(ctx context.Context, err error) error {
	if parts, ok := err.(interface{ Unwrap() []error }); ok {
		if joined := errors.Join(parts.Unwrap()...); joined != nil && joined.Error() == err.Error() { // not one error that wraps several
			var others []error
			for _, part := range parts.Unwrap() {
				others = append(others, besides(ctx, part))
			}
			return errors.Join(others...)
		}
	}
	if errors.Is(err, context.Cause(ctx)) || errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}
