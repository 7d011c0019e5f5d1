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

// ErrDiverged is wrapped by the error of a training run whose loss is NaN or infinite.
var ErrDiverged = errors.New("the training has diverged")

// defaultMemoryLimit is the default of MemoryLimit in bytes.
const defaultMemoryLimit = 2 << 30

// Options configures a training run, besides its recipe.
type Options struct {
	// Seed is the seed of the initial weights, the order of the images and their augmentation.
	Seed uint64
	// Weights are the initial weights, which the training modifies. They must have the plan's layout. If nil, they are drawn.
	Weights *network.Weights
	// MemoryLimit is the maximum of Plan.Memory in bytes; 0 means 2 GiB.
	MemoryLimit int64
	// Workspace is memory to share with networks that do not compute concurrently. If nil, the training allocates its own.
	Workspace *network.Workspace
}

// Figures are the loss and accuracy of a network on images.
type Figures struct {
	Loss     float64 `json:"loss"`     // mean cross-entropy per image, in nats
	Accuracy float64 `json:"accuracy"` // accuracy in percent
}

// Progress is the progress of a training run.
type Progress struct {
	Epoch   int           `json:"epoch"`   // number of finished epochs
	Train   Figures       `json:"train"`   // figures during the last epoch, with label smoothing and augmentation
	Elapsed time.Duration `json:"elapsed"` // time of all epochs, including those before the training was loaded
}

// Training trains one network, epoch by epoch. On one kind of processor, equal plans, images, recipes and seeds give identical
// weights for any GOMAXPROCS. A Training is not safe for concurrent use, but several may run in parallel; if there are as many as
// processors, each uses one processor.
type Training struct {
	net         *network.Network
	images      *Images
	recipe      Recipe
	stream      *dataset.Stream
	solver      gnn.SGD
	schedule    gnn.Cosine
	average     []float32 // of the weights, for Preview; nil before the first step
	fingerprint string
	progress    Progress
	err         error // the error that ended it
}

// NewTraining prepares the training of a plan's network; call Run, or Epoch for each epoch, to train it. The error names the
// architecture. It wraps network.ErrTooLarge if the network needs more memory than o.MemoryLimit; none is allocated then.
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
		return nil, fmt.Errorf("%w: the images are %+v, but the network's input is %+v", network.ErrShape, images.Input(), plan.Input())
	}
	train, stream, err := images.trainedOn(&r, o.Seed)
	if err != nil {
		return nil, err
	}
	if o.MemoryLimit == 0 {
		o.MemoryLimit = defaultMemoryLimit
	}
	state := 2 * 4 * plan.Layout().Size() // the optimizer's velocity and the average of the weights
	if err := plan.CheckMemory(r.Batch, o.MemoryLimit-state); err != nil {
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

// domain makes the random numbers of this package independent of those that other packages draw from the same seed.
const domain seed.Domain = 0x6f7261636c65

// The purposes of random numbers.
const (
	forStart = iota // initial weights
	forShare        // choice of the images if Fraction is less than 1
)

// Network returns the network, with the weights after the last step.
func (t *Training) Network() *network.Network { return t.net }

// Progress returns the progress of the training.
func (t *Training) Progress() Progress { return t.progress }

// Done reports whether all epochs are done.
func (t *Training) Done() bool { return t.progress.Epoch == t.recipe.Epochs }

// Run trains for the remaining epochs. It returns the errors of Epoch.
func (t *Training) Run(ctx context.Context) error {
	for !t.Done() {
		if err := t.Epoch(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Epoch trains for one epoch. It does nothing if the training is Done.
//
// The error names the architecture. It wraps [ErrDiverged] if the loss is NaN or infinite,
// evaluator.ErrBroken if an image cannot be read, and context.Cause(ctx) if ctx has ended; Epoch then
// returns within the time of a batch. After an error, the training is in the middle of an epoch, and
// all later calls return the same error; to continue, Load a saved state.
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

// step updates the weights with the gradient of a batch.
func (t *Training) step(number int, b network.Batch) (network.Report, error) {
	report, err := t.net.Gradient(b, t.recipe.Smoothing)
	if err != nil {
		return report, err
	}
	done := t.progress.Epoch*t.stream.Batches() + number
	t.solver.LearningRate = t.schedule.At(done)
	if err := t.solver.Step(t.net.Learned()); err != nil {
		return report, err
	}
	t.addToAverage(done + 1)
	return report, nil
}

// Measure returns the loss and accuracy of the network with its current weights on a set of images,
// without augmentation. To compare networks before their training is done, use Preview. The errors of
// Measure wrap the same errors as those of Epoch.
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

// pass calls do with each batch of an epoch and returns the figures of the whole epoch.
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

// Classifier returns the trained network with everything that another program needs to classify images; pass it to network.Save.
// classes are the names of the classes in the order of their labels; if nil, the labels are used as names. The classifier shares
// the weights with the training, so further epochs change them.
func (t *Training) Classifier(classes []string) *network.Classifier {
	return &network.Classifier{
		Plan: t.net.Plan(), Weights: t.net.Weights(), Classes: classes, Normalization: t.images.Normalization,
	}
}
