package supernet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrNotCovered is wrapped by the error of an architecture with parameters that the shared weights do not have: those of
// Config.Cover had to have them.
var ErrNotCovered = errors.New("not among the shared weights")

// Config is what a Supernet is made of.
type Config struct {
	// Design says which network an architecture stands for. Parameters of equal names are shared.
	Design network.Design
	// Cover is architectures whose networks together have all the parameters to share, see [ENASCover].
	Cover []searchspace.Arch
	// Images are what is trained on and, Images.Valid, what is measured on.
	Images *oracle.Images
	// Recipe says how the weights are trained, and for how long.
	Recipe Recipe
	// ValidBatches is over how many batches of the validation images an evaluation takes the accuracy; 0: over all. ENAS takes
	// one, the next each time. Here the first follows from the architecture and the number of steps, so that the order of
	// evaluations does not matter: most architectures are measured on different images, and one is on others after training.
	ValidBatches int
	// Seed is what the weights' start follows from, the order of the images and what is drawn.
	Seed uint64
	// MemoryLimit is how many bytes training may take, by the plans' count and with what is as long as the weights, and of
	// evaluations each by itself; 0: 2 GiB.
	MemoryLimit int64
}

// Supernet is weights that architectures share. Evaluations may run at any time and beside each other; Train, Load and
// Save are called by one goroutine at a time.
type Supernet struct {
	config Config
	layout *network.Layout
	places map[string]interval // of the learned parameters in the flat vector
	train  *batches
	valid  []*dataset.Stream // each of one batch

	mu       sync.RWMutex // guards what follows; only Train and Load write
	weights  *network.Weights
	velocity []float32
	steps    int

	training   network.Workspace
	gradient   []float32 // the mean over a step's architectures
	workspaces sync.Pool // of *network.Workspace, for evaluations
}

var _ evaluator.Evaluator = (*Supernet)(nil)

// New makes a supernet with fresh weights. The error says what of the configuration cannot be; that of a cover wraps
// network.ErrShape where parameters of one name are of different shapes, and network.ErrTooLarge where training takes more
// memory than it may, none of which is taken then.
func New(c Config) (*Supernet, error) {
	c.Recipe = c.Recipe.withDefaults()
	s := &Supernet{config: c, workspaces: sync.Pool{New: func() any { return new(network.Workspace) }}}
	if err := s.begin(); err != nil {
		return nil, fmt.Errorf("a supernet: %w", err)
	}
	return s, nil
}

func (s *Supernet) begin() error {
	c := &s.config
	if c.Design == nil || len(c.Cover) == 0 {
		return errors.New("no design, or no architectures that cover it")
	}
	if c.ValidBatches < 0 {
		return fmt.Errorf("%d validation batches", c.ValidBatches)
	}
	if err := c.Recipe.check(); err != nil {
		return err
	}
	if err := s.openImages(); err != nil {
		return err
	}
	plans := make([]*network.Plan, len(c.Cover))
	for i, a := range c.Cover {
		var err error
		if plans[i], err = s.drawUp(a); err != nil {
			return err
		}
	}
	var err error
	if s.layout, err = network.Share(plans...); err != nil {
		return err
	}
	if err := s.checkMemory(plans); err != nil {
		return err
	}
	s.places = intervalsOf(s.layout)
	s.weights = s.layout.Init(domain.Stream(c.Seed, 0, forStart))
	s.velocity, s.gradient = make([]float32, s.layout.Size()), make([]float32, s.layout.Size())
	return nil
}

// defaultMemoryLimit is in bytes, and the same as the default of network.Options.
const defaultMemoryLimit = 2 << 30

// checkMemory refuses what takes too much before any of it is taken: passes with the shared weights and beside them the
// velocity and the mean gradient, which are as long as the weights.
func (s *Supernet) checkMemory(plans []*network.Plan) error {
	limit := s.config.MemoryLimit
	if limit == 0 {
		limit = defaultMemoryLimit
	}
	for _, p := range plans {
		p, err := p.Within(s.layout)
		if err != nil {
			return err
		}
		if err := p.CheckMemory(s.config.Recipe.Batch, limit-2*4*s.layout.Size()); err != nil {
			return err
		}
	}
	return nil
}

// Weights returns the shared weights themselves, which Train and Load change. They are what an architecture's network
// computes with that is built of its Plan.
func (s *Supernet) Weights() *network.Weights { return s.weights }

// Plan draws up the network of an architecture over the shared weights. The error names the architecture; it wraps
// [ErrNotCovered] and names the parameters where the weights do not have all of them.
func (s *Supernet) Plan(a searchspace.Arch) (*network.Plan, error) {
	plan, _, err := s.plan(a)
	return plan, err
}

// plan also returns where the network's parameters lie.
func (s *Supernet) plan(a searchspace.Arch) (*network.Plan, []interval, error) {
	plan, err := s.drawUp(a)
	if err != nil {
		return nil, nil, err
	}
	var missing []string
	var places []interval
	for _, p := range plan.Layout().Parameters() {
		if at, ok := s.places[p.Name]; ok {
			places = append(places, at)
		} else {
			missing = append(missing, p.Name)
		}
	}
	if missing != nil {
		return nil, nil, fmt.Errorf("network of %v: %w: %s", a, ErrNotCovered, strings.Join(missing, ", "))
	}
	plan, err = plan.Within(s.layout)
	return plan, places, err
}

// drawUp draws up an architecture's network by itself. A design may panic, which is an error here.
func (s *Supernet) drawUp(a searchspace.Arch) (plan *network.Plan, err error) {
	_, err = evaluator.Try(context.Background(), evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		plan, err = network.NewPlan(s.config.Design, a, s.config.Images.Input())
		return evaluator.Result{}, err
	}), a)
	if errors.Is(err, evaluator.ErrPanic) {
		err = fmt.Errorf("network of %v: %w", a, err)
	}
	return plan, err
}

// build makes a network that computes in the given memory.
func (s *Supernet) build(p *network.Plan, space *network.Workspace) (*network.Network, error) {
	return p.Build(s.weights, network.Options{Batch: s.config.Recipe.Batch, MemoryLimit: s.config.MemoryLimit, Workspace: space})
}
