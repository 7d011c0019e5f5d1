package methods

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheDefaultBaseline(t *testing.T) {
	all, err := Contenders("local,random:3,evolution", 2)
	require.NoError(t, err)
	for _, c := range []struct {
		given  string
		all    []Contender
		chosen string
	}{{"", all, "random"}, {"evolution", all, "evolution"}, {"", all[2:], "evolution"}, {"", all[:1], "local"}} {
		name, err := Baseline("baseline", c.given, "random", c.all)
		require.NoError(t, err)
		assert.Equal(t, c.chosen, name)
	}
}
