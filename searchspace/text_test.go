package searchspace_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

func TestText(t *testing.T) {
	cell := "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|"
	a, err := searchspace.NASBench201{}.Parse(cell)
	require.NoError(t, err)
	assert.Equal(t, cell, searchspace.Text(searchspace.NASBench201{}, a))
	assert.Equal(t, a.String(), searchspace.Text(searchspace.NASBench101{}, a), "a space without a notation, and an architecture of another space")
	assert.Equal(t, searchspace.Arch{}.String(), searchspace.Text(searchspace.NASBench201{}, searchspace.Arch{}))
}
