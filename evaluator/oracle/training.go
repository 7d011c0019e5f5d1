package oracle

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/gnn"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/internal/seed"
)

// ErrDiverged is wrapped by the error of a training whose loss is NaN or infinite.
var ErrDiverged = errors.New("the training has diverged")

// defaultMemoryLimit is in bytes.
const defaultMemoryLimit = 2 << 30

// Options are what a training needs beside its recipe.
type Options struct {
	// Seed is what the weights' start, the order of the images and their augmentation follow from.
	Seed uint64
	// Weights are what the training begins with and moves, of the plan's layout. nil: they are drawn.
	Weights *network.Weights
	// MemoryLimit is how many bytes the training may take, by the plan's count; 0: 2 GiB.
	MemoryLimit int64
	// Workspace is memory to share with networks that do not compute at the same time. nil: the training has its own.
	Workspace *network.Workspace
}

// Figures are what a network makes of images.
type Figures struct {
	Loss     float64 `json:"loss"`     // the mean cross-entropy of an image, in nats
	Accuracy float64 `json:"accuracy"` // in percent
}

// Progress is how far a training has come.
type Progress struct {
	Epoch   int           `json:"epoch"`   // epochs that are done
	Train   Figures       `json:"train"`   // of the last one, while the weights moved; with smoothing and augmentation
	Elapsed time.Duration `json:"elapsed"` // in all epochs, those before the training was loaded too
}

// Training is the training of one network, epoch by epoch. Equal plans, images, recipes and seeds give the same weights to
// the bit, whatever GOMAXPROCS is, on one kind of processor. It is not safe for concurrent use; trainings beside each
// other are, and where there are as many as processors, each computes on its own one.
type Training struct {
	net         *network.Network
	images      *Images
	recipe      Recipe
	stream      *dataset.Stream
	solver      gnn.SGD
	schedule    gnn.Cosine
	fingerprint string
	progress    Progress
	err         error // that it ended with
}

// NewTraining prepares the training of a plan's network, by Run or epoch by epoch. An error names the architecture; it wraps
// network.ErrTooLarge where the plan counts more memory than there may be, none of which is taken then.
func NewTraining(plan *network.Plan, images *Images, r Recipe, o Options) (*Training, error) {
	t, err := newTraining(plan, images, r.withDefaults(), o)
	if err != nil {
		return nil, fmt.Errorf("training of %s: %w", plan.Arch(), err)
	}
	return t, nil
}

func newTraining(plan *network.Plan, images *Images, r Recipe, o Options) (*Training, error) {
	if err := images.check(); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	if plan.Input() != images.Input() {
		return nil, fmt.Errorf("%w: images %+v for a network of %+v", network.ErrShape, images.Input(), plan.Input())
	}
	train, stream, err := images.trainedOn(&r, o.Seed)
	if err != nil {
		return nil, err
	}
	if o.MemoryLimit == 0 {
		o.MemoryLimit = defaultMemoryLimit
	}
	velocity := 4 * plan.Layout().Size()
	if err := plan.CheckMemory(r.Batch, o.MemoryLimit-velocity); err != nil {
		return nil, err
	}
	t := &Training{
		images: images, recipe: r, stream: stream, solver: r.solver(), schedule: r.schedule(r.Epochs * stream.Batches()),
	}
	if o.Weights == nil {
		o.Weights = plan.Layout().Init(domain.Stream(o.Seed, 0, forStart))
	}
	if t.net, err = plan.Build(o.Weights, network.Options{Batch: r.Batch, MemoryLimit: o.MemoryLimit, Workspace: o.Workspace}); err != nil {
		return nil, err
	}
	t.fingerprint, err = t.identify(train, o.Seed)
	return t, err
}

// domain keeps the random numbers of this package apart from those that others draw with the same seed.
const domain seed.Domain = 0x6f7261636c65

// The purposes of random numbers.
const (
	forStart = iota // the first weights
	forShare        // the images that a training with fewer of them sees
)

// Network is what is trained; its weights are those of the last step.
func (t *Training) Network() *network.Network { return t.net }

// Progress returns how far the training has come.
func (t *Training) Progress() Progress { return t.progress }

// Done reports whether all epochs are done.
func (t *Training) Done() bool { return t.progress.Epoch == t.recipe.Epochs }

// Run trains for the epochs that are left. Its errors are those of Epoch.
func (t *Training) Run(ctx context.Context) error {
	for !t.Done() {
		if err := t.Epoch(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Epoch trains for one epoch, or not at all where the training is Done. The error, which names the architecture, wraps
// ErrDiverged where the loss is no finite number, the cause of ctx where that has ended, upon which it returns within a
// batch, and evaluator.ErrBroken where an image cannot be read. A training has ended with its first error, in the
// middle of an epoch: to go on, Load what was saved before.
func (t *Training) Epoch(ctx context.Context) error {
	if t.err != nil || t.Done() {
		return t.err
	}
	begun := time.Now()
	figures, err := t.pass(ctx, t.stream, t.progress.Epoch, t.step)
	t.progress.Elapsed += time.Since(begun)
	if err != nil {
		t.err = fmt.Errorf("training of %s, epoch %d: %w", t.net.Plan().Arch(), t.progress.Epoch+1, err)
		return t.err
	}
	t.progress.Train = figures
	t.progress.Epoch++
	return nil
}

// step moves the weights by the gradient of a batch.
func (t *Training) step(number int, b network.Batch) (network.Report, error) {
	report, err := t.net.Gradient(b, t.recipe.Smoothing)
	if err != nil {
		return report, err
	}
	t.solver.LearningRate = t.schedule.At(t.progress.Epoch*t.stream.Batches() + number)
	return report, t.solver.Step(t.net.Learned())
}

// Measure measures the network as it is, on images as those that it is trained on, without augmentation. The error is such
// as Epoch's; it wraps ErrDiverged where the loss is no finite number.
func (t *Training) Measure(ctx context.Context, set *dataset.Set) (Figures, error) {
	figures, err := t.measure(ctx, set)
	if err != nil {
		err = fmt.Errorf("measuring %s: %w", t.net.Plan().Arch(), err)
	}
	return figures, err
}

func (t *Training) measure(ctx context.Context, set *dataset.Set) (Figures, error) {
	stream, err := dataset.NewStream(set, t.images.Normalization, dataset.StreamConfig{Batch: t.recipe.Batch})
	if err != nil {
		return Figures{}, err
	}
	return t.pass(ctx, stream, 0, func(_ int, b network.Batch) (network.Report, error) { return t.net.Measure(b, network.Evaluate) })
}

// pass does something with every batch of an epoch, and returns the figures of all.
func (t *Training) pass(ctx context.Context, s *dataset.Stream, epoch int, do func(number int, b network.Batch) (network.Report, error)) (Figures, error) {
	defer parallel.Warm()()
	number, images, correct, loss := 0, 0, 0, 0.0
	for batch, err := range s.Epoch(ctx, epoch) {
		if ctx.Err() != nil {
			return Figures{}, context.Cause(ctx)
		}
		if err != nil {
			return Figures{}, fmt.Errorf("%w: %w", evaluator.ErrBroken, err)
		}
		report, err := do(number, network.Batch{Images: batch.Images, Labels: batch.Labels})
		if err != nil {
			return Figures{}, err
		}
		if math.IsNaN(report.Loss) || math.IsInf(report.Loss, 0) {
			return Figures{}, fmt.Errorf("%w: the loss of batch %d of %d is %v", ErrDiverged, number+1, s.Batches(), report.Loss)
		}
		number, images, correct = number+1, images+len(batch.Labels), correct+report.Correct
		loss += report.Loss * float64(len(batch.Labels))
	}
	return Figures{Loss: loss / float64(images), Accuracy: 100 * float64(correct) / float64(images)}, nil
}

// Classifier returns the trained network together with what other programs need to classify images with it, for
// network.Save. classes are the names of the classes in the order of their labels; if nil, the labels are their names. The
// weights are the training's own: further epochs move them.
func (t *Training) Classifier(classes []string) *network.Classifier {
	return &network.Classifier{
		Plan: t.net.Plan(), Weights: t.net.Weights(), Classes: classes, Normalization: t.images.Normalization,
	}
}
