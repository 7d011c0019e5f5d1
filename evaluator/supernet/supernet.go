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

// ErrNotCovered is wrapped by the error of an architecture with parameters that are not among the shared weights, because no
// architecture of Config.Cover has them.
var ErrNotCovered = errors.New("not among the shared weights")

// Config configures a Supernet. Design, Cover and Images are required.
type Config struct {
	// Design maps architectures to networks. Parameters of the same name are shared.
	Design network.Design
	// Cover lists architectures whose networks together have all parameters to share; see [ENASCover].
	Cover []searchspace.Arch
	// Images are the images for training and, in Images.Valid, for evaluations.
	Images *oracle.Images
	// Recipe contains the hyperparameters of the training.
	Recipe Recipe
	// ValidBatches is the number of validation batches in an evaluation; 0 means all. ENAS uses one batch, the next for each
	// evaluation. Here the architecture and the number of trained steps determine the first batch, so that the order of evaluations
	// does not matter: different architectures are usually measured on different images, and after a step on other ones.
	ValidBatches int
	// Seed is the seed of the initial weights, the order of the images and the samplers.
	Seed uint64
	// MemoryLimit is the maximum memory of the training in bytes, as counted by the plans and including the velocity and gradient of
	// all weights. It also limits each evaluation separately. 0 means 2 GiB.
	MemoryLimit int64
}

// Supernet is a set of weights that architectures share. Evaluate may be called concurrently with any method. Train, Load and Save must
// not be called concurrently with each other.
type Supernet struct {
	config Config
	layout *network.Layout
	places map[string]interval // positions of the learned parameters in the flat vector
	train  *batches
	valid  []*dataset.Stream // streams of one batch each

	mu       sync.RWMutex // guards the fields below; only Train and Load write
	weights  *network.Weights
	velocity []float32
	steps    int

	training   network.Workspace
	gradient   []float32 // mean over the architectures of a step
	workspaces sync.Pool // of *network.Workspace, for evaluations
}

var _ evaluator.Evaluator = (*Supernet)(nil)

// New returns a supernet with initial weights. It returns an error if the configuration is not valid. The error wraps network.ErrShape
// if parameters of the same name have different shapes, and network.ErrTooLarge if the training would take more memory than
// MemoryLimit; none is allocated then.
func New(c Config) (*Supernet, error) {
	c.Recipe = c.Recipe.withDefaults()
	s := &Supernet{config: c, workspaces: sync.Pool{New: func() any { return new(network.Workspace) }}}
	if err := s.begin(); err != nil {
		return nil, fmt.Errorf("supernet: %w", err)
	}
	return s, nil
}

func (s *Supernet) begin() error {
	c := &s.config
	if c.Design == nil || len(c.Cover) == 0 {
		return errors.New("Config.Design must not be nil, and Config.Cover must list at least one architecture")
	}
	if c.ValidBatches < 0 {
		return fmt.Errorf("Config.ValidBatches must not be negative, got %d", c.ValidBatches)
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

// defaultMemoryLimit is the default of MemoryLimit in bytes. It equals that of network.Options.
const defaultMemoryLimit = 2 << 30

// checkMemory returns an error if the training would take too much memory: for the passes with the shared weights, and for the velocity
// and the mean gradient, each of the size of the weights.
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

// Weights returns the shared weights without copying them. Train and Load change them. Use them to build the network of a Plan.
func (s *Supernet) Weights() *network.Weights { return s.weights }

// Plan returns the plan of an architecture's network, placed in the layout of the shared weights. The error names the architecture. If
// the shared weights lack some of its parameters, the error wraps [ErrNotCovered] and lists them.
func (s *Supernet) Plan(a searchspace.Arch) (*network.Plan, error) {
	plan, _, err := s.plan(a)
	return plan, err
}

// plan is like Plan, and also returns the intervals of the network's parameters.
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

// drawUp plans an architecture's network with its own layout. It converts a panic of the design to an error.
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

// build returns the network of a plan, which computes in the given workspace.
func (s *Supernet) build(p *network.Plan, space *network.Workspace) (*network.Network, error) {
	return p.Build(s.weights, network.Options{Batch: s.config.Recipe.Batch, MemoryLimit: s.config.MemoryLimit, Workspace: space})
}
