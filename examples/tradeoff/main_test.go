package main

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAShortSearch(t *testing.T) {
	var out bytes.Buffer
	dir := filepath.Join(t.TempDir(), "front")
	require.NoError(t, run(t.Context(), &out, dir, 14))
	assert.Contains(t, out.String(), "14 networks were trained, none of more parameters than allowed.")
	assert.FileExists(t, filepath.Join(dir, "front.svg"))
	assert.FileExists(t, filepath.Join(dir, "front.csv"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, run(ctx, &out, "", 14), context.Canceled)
}
