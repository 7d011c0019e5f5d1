package protocol

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Version is the version of the protocol that this package speaks. Every request carries it.
const Version = 1

// MaxSeed is the largest seed: up to it every JSON reader has whole numbers exactly.
const MaxSeed = 1<<53 - 1

// ErrVersion is wrapped by the error of a request in another version of the protocol.
var ErrVersion = errors.New("unknown version of the protocol")

// ErrMalformed is wrapped by the error of a message that does not keep to the protocol.
var ErrMalformed = errors.New("malformed message")

// Request asks for the evaluation of one architecture. As JSON it is the first line in the package's documentation.
type Request struct {
	// ID tells the request from every other under way. It is not empty.
	ID string
	// Space names the architecture's search space. It is not empty.
	Space string
	// Arch is the architecture, of at least one part.
	Arch searchspace.Arch
	// Notation is the architecture in the customary writing of its space, empty where there is none.
	Notation string
	// Budget says how much the evaluation may spend, in numbers that asker and evaluator have agreed on: epochs, channels,
	// a share of the data. They are finite.
	Budget map[string]float64
	// Seed is for the evaluation's random numbers, at most MaxSeed.
	Seed uint64
}

// NewRequest makes the request for an architecture of a space, with its notation where the space has one.
func NewRequest(id string, space searchspace.Space, a searchspace.Arch) Request {
	r := Request{ID: id, Space: space.Name(), Arch: a}
	if n, ok := space.(searchspace.Notation); ok {
		r.Notation = n.Format(a)
	}
	return r
}

// Validate tells what is wrong with the request; the error wraps ErrMalformed.
func (r Request) Validate() error {
	switch {
	case r.ID == "":
		return fmt.Errorf("%w: a request without id", ErrMalformed)
	case r.Space == "":
		return fmt.Errorf("%w: request %q names no space", ErrMalformed, r.ID)
	case r.Arch.NumParts() == 0:
		return fmt.Errorf("%w: request %q has no architecture", ErrMalformed, r.ID)
	case r.Seed > MaxSeed:
		return fmt.Errorf("%w: the seed %d of request %q is above %d", ErrMalformed, r.Seed, r.ID, uint64(MaxSeed))
	}
	for name, v := range r.Budget {
		if !finite(v) {
			return fmt.Errorf("%w: %q in the budget of request %q is %v", ErrMalformed, name, r.ID, v)
		}
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
	Seed     uint64             `json:"seed"`
}

// MarshalJSON writes the request, if Validate allows it.
func (r Request) MarshalJSON() ([]byte, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	return json.Marshal(requestJSON{
		Protocol: Version, ID: r.ID, Space: r.Space, Arch: r.Arch, Notation: r.Notation, Budget: r.Budget, Seed: r.Seed,
	})
}

// UnmarshalJSON reads a request. The error wraps ErrVersion where it is in another version, else ErrMalformed; it leaves
// the request as it was.
func (r *Request) UnmarshalJSON(text []byte) error {
	fields, err := readFields(text)
	if err != nil {
		return err
	}
	if version := string(fields["protocol"]); version != fmt.Sprint(Version) { // first: another version has other fields
		return fmt.Errorf("%w: %.20q, this is %d", ErrVersion, version, Version)
	}
	if err := fields.only("protocol", "id", "space", "arch", "notation", "budget", "seed"); err != nil {
		return err
	}
	if err := fields.need("arch", "seed"); err != nil {
		return err
	}
	var in requestJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	read := Request{
		ID: in.ID, Space: in.Space, Arch: in.Arch, Notation: in.Notation, Budget: in.Budget, Seed: in.Seed,
	}
	if err := read.Validate(); err != nil {
		return err
	}
	*r = read
	return nil
}
