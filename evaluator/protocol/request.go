package protocol

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Version is the protocol version that this package implements. Every request carries it.
const Version = 1

// MaxSeed is the largest seed. Every JSON reader represents integers up to MaxSeed exactly.
const MaxSeed = 1<<53 - 1

// ErrVersion is wrapped by the error of reading a request of another protocol version.
var ErrVersion = errors.New("unknown version of the protocol")

// ErrMalformed is wrapped by the error of reading or writing a message that violates the protocol.
var ErrMalformed = errors.New("malformed message")

// Request asks for the evaluation of one architecture. The package documentation shows its JSON.
type Request struct {
	// ID identifies the request among all running ones. It must not be empty.
	ID string
	// Space is the name of the architecture's search space. It must not be empty.
	Space string
	// Arch is the architecture. It must have at least one part.
	Arch searchspace.Arch
	// Notation is the architecture in the usual notation of its space, or empty if the space has none.
	Notation string
	// Budget limits the evaluation, for example in epochs, channels or the fraction of the data. Client and program agree on the
	// keys. The numbers must be finite.
	Budget map[string]float64
	// Resume is the Result.Resume of an earlier evaluation at a smaller budget, to continue from, or empty. A program that cannot
	// continue starts from scratch and reports the full cost.
	Resume string
	// Seed is the seed of the evaluation's random numbers, at most MaxSeed.
	Seed uint64
	// Plan describes the architecture's network as a JSON object, so that a program can train networks of any space without
	// knowing the space. It may be empty. Client and program agree on its format; docs/plan.md describes the format of package
	// network.
	Plan json.RawMessage
}

// At returns a copy of the request with budget b: Budget[unit] is b.Amount, unless that is zero, and Resume is b.Resume. The other
// numbers of r.Budget are kept. If b is zero, At returns r.
func (r Request) At(unit string, b evaluator.Budget) Request {
	if b == (evaluator.Budget{}) {
		return r
	}
	r.Resume = b.Resume
	if b.Amount == 0 {
		return r
	}
	if r.Budget = maps.Clone(r.Budget); r.Budget == nil {
		r.Budget = map[string]float64{}
	}
	r.Budget[unit] = b.Amount
	return r
}

// Planner returns the Plan of the request for an architecture; network.Planner returns one for a design.
type Planner func(searchspace.Arch) (json.RawMessage, error)

// NewRequest returns the request for an architecture of a space, with its notation if the space has one.
func NewRequest(id string, space searchspace.Space, a searchspace.Arch) Request {
	r := Request{ID: id, Space: space.Name(), Arch: a}
	if n, ok := space.(searchspace.Notation); ok {
		r.Notation = n.Format(a)
	}
	return r
}

// Validate returns an error that wraps [ErrMalformed] if the request is not valid.
func (r Request) Validate() error {
	switch {
	case r.ID == "":
		return fmt.Errorf("%w: the request has no id", ErrMalformed)
	case r.Space == "":
		return fmt.Errorf("%w: request %q has no space", ErrMalformed, r.ID)
	case r.Arch.NumParts() == 0:
		return fmt.Errorf("%w: request %q has no architecture", ErrMalformed, r.ID)
	case r.Seed > MaxSeed:
		return fmt.Errorf("%w: the seed of request %q must be at most %d, got %d", ErrMalformed, r.ID, uint64(MaxSeed), r.Seed)
	}
	for name, v := range r.Budget {
		if !finite(v) {
			return fmt.Errorf("%w: %q in the budget of request %q must be finite, got %v", ErrMalformed, name, r.ID, v)
		}
	}
	return r.validatePlan()
}

// validatePlan checks that the plan, if any, is an object without null.
func (r Request) validatePlan() error {
	if len(r.Plan) == 0 {
		return nil
	}
	if _, err := readStrict(r.Plan); err != nil {
		return fmt.Errorf("%w: the plan of request %q: %w", ErrMalformed, r.ID, err)
	}
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

type requestJSON struct {
	Protocol int                `json:"protocol"`
	ID       string             `json:"id"`
	Space    string             `json:"space"`
	Arch     searchspace.Arch   `json:"arch"`
	Notation string             `json:"notation,omitempty"`
	Budget   map[string]float64 `json:"budget,omitempty"`
	Resume   string             `json:"resume,omitempty"`
	Seed     uint64             `json:"seed"`
	Plan     json.RawMessage    `json:"plan,omitempty"`
}

// MarshalJSON encodes the request. It returns the error of Validate, if any.
func (r Request) MarshalJSON() ([]byte, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	return json.Marshal(requestJSON{
		Protocol: Version, ID: r.ID, Space: r.Space, Arch: r.Arch, Notation: r.Notation, Budget: r.Budget,
		Resume: r.Resume, Seed: r.Seed, Plan: r.Plan,
	})
}

// UnmarshalJSON decodes a request. Its error wraps [ErrVersion] if the request is of another protocol version, otherwise
// [ErrMalformed]. After an error the request is unchanged.
func (r *Request) UnmarshalJSON(text []byte) error {
	fields, err := readStrict(text)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if version := string(fields["protocol"]); version != fmt.Sprint(Version) { // first: another version has other fields
		return fmt.Errorf("%w: %.20q; this program speaks version %d", ErrVersion, version, Version)
	}
	if err := fields.only("protocol", "id", "space", "arch", "notation", "budget", "resume", "seed", "plan"); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := fields.need("arch", "seed"); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var in requestJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	read := Request{
		ID: in.ID, Space: in.Space, Arch: in.Arch, Notation: in.Notation, Budget: in.Budget, Resume: in.Resume,
		Seed: in.Seed, Plan: in.Plan,
	}
	if err := read.Validate(); err != nil {
		return err
	}
	*r = read
	return nil
}
