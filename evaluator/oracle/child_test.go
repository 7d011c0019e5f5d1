package oracle_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/internal/race"
)

// childVariable has the test's program be an evaluation in a process of its own, with checkpoints in the folder that it
// names.
const childVariable = "ORACLE_TEST_CHILD"

func beAChild() {
	dir := os.Getenv(childVariable)
	if dir == "" {
		return
	}
	c := longest(fatal{}, dir)
	_, err := newOracle(fatal{}, c).Evaluate(context.Background(), parse(fatal{}, heavy))
	panic(fmt.Sprintf("nobody has killed the child: %v", err))
}

// longest is trainings that can be killed several times.
func longest(t require.TestingT, dir string) oracle.Config {
	c := longer(t, dir)
	c.Recipe.Epochs = 100
	if race.Enabled {
		c.Recipe.Epochs = 25
	}
	return c
}

// fatal is a test outside of any.
type fatal struct{}

func (fatal) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (fatal) FailNow()                          {}

// TestAKilledTrainingGoesOn, killed again and again, from whatever that leaves.
func TestAKilledTrainingGoesOn(t *testing.T) {
	dir := t.TempDir()
	var written time.Time
	for range 4 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childVariable+"="+dir)
		var says bytes.Buffer
		cmd.Stdout, cmd.Stderr = &says, &says
		require.NoError(t, cmd.Start())
		require.Eventually(t, func() bool {
			info, err := os.Stat(awaitFile(t, dir))
			require.NoError(t, err)
			goesOn := info.ModTime().After(written)
			written = info.ModTime()
			return goesOn
		}, time.Minute, time.Millisecond)
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
		require.Empty(t, says.String())
	}
	c := longest(t, dir)
	kept := newTraining(t, planOf(t, small, heavy, c.Images), c.Images, c.Recipe, 0)
	file, err := os.ReadFile(awaitFile(t, dir))
	require.NoError(t, err)
	require.NoError(t, kept.Load(bytes.NewReader(file)))
	require.GreaterOrEqual(t, kept.Progress().Epoch, 4, "each process has gone on from the one before")

	c.CheckpointEvery = 0
	got := evaluate(t, newOracle(t, c), heavy)
	c.Checkpoints = ""
	assert.Equal(t, timeless(evaluate(t, newOracle(t, c), heavy)), timeless(got))
}
