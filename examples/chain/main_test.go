package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestShortSearch(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), &out, 24))
	assert.Contains(t, out.String(), "networks run in 40 ms")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	assert.ErrorContains(t, run(ctx, &out, 24), "nothing was evaluated")
}
