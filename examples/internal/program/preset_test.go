package program_test

import (
	"flag"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/examples/internal/program"
)

func TestTheCommandLineBeatsAPreset(t *testing.T) {
	flags := flag.NewFlagSet("test", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	epochs, batch := flags.Int("epochs", 1, ""), flags.Int("batch", 32, "")
	require.NoError(t, flags.Parse([]string{"-epochs", "5"}))
	require.NoError(t, program.Preset(flags, map[string]string{"epochs": "310", "batch": "128"}))
	assert.Equal(t, []int{5, 128}, []int{*epochs, *batch})
	assert.Error(t, program.Preset(flags, map[string]string{"no-such-flag": "1"}))
}
