package modelfile

import (
	"encoding/json"
	"fmt"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Same returns an error that wraps generator.ErrOtherSpace if two spaces do not have the same name
// and parts.
func Same(of, space searchspace.Space) error {
	if of.Name() != space.Name() {
		return fmt.Errorf("%w: %q, want %q", generator.ErrOtherSpace, of.Name(), space.Name())
	}
	theirs, err := json.Marshal(of.Parts())
	if err != nil {
		return err
	}
	ours, err := json.Marshal(space.Parts())
	if err == nil && string(theirs) != string(ours) {
		err = fmt.Errorf("%w, also named %q: %s", generator.ErrOtherSpace, space.Name(), difference(string(theirs), string(ours)))
	}
	return err
}
