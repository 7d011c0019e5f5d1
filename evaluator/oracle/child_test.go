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

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/internal/race"
)

// childVariable makes the test binary run an evaluation instead of tests. Its value is the directory of the checkpoints.
const childVariable = "ORACLE_TEST_CHILD"

func beAChild() {
	dir := os.Getenv(childVariable)
	if dir == "" {
		return
	}
	epochs := 0
	ctx := evaluator.WithReport(context.Background(), func(evaluator.Progress) {
		if epochs++; epochs == leash {
			time.Sleep(time.Hour)
		}
	})
	_, err := newOracle(fatal{}, longest(fatal{}, dir)).Evaluate(ctx, parse(fatal{}, heavy))
	panic(fmt.Sprintf("the child was not killed: %v", err))
}

const (
	kills = 4
	// leash is the maximum number of epochs that a child trains before it is killed.
	leash = 5
)

// longest configures training runs that cannot end before the last kill.
func longest(t require.TestingT, dir string) oracle.Config {
	c := longer(t, dir)
	c.Recipe.Epochs = (kills + 1) * leash
	return c
}

// fatal implements require.TestingT outside of a test.
type fatal struct{}

func (fatal) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (fatal) FailNow()                          {}

// awaitFile waits for a checkpoint and returns its path.
func awaitFile(t require.TestingT, dir string) string {
	var found []string
	require.Eventually(t, func() bool {
		found = checkpoints(t, dir)
		return len(found) > 0
	}, time.Minute, time.Millisecond)
	return found[0]
}

// TestAKilledTrainingGoesOn checks that a training run that is killed several times continues each time.
func TestAKilledTrainingGoesOn(t *testing.T) {
	if race.Enabled {
		t.Skip("the programs run without the race detector too")
	}
	dir := t.TempDir()
	var written time.Time
	for range kills {
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
	require.GreaterOrEqual(t, kept.Progress().Epoch, kills, "each process has continued the training of the previous one")

	c.CheckpointEvery = 0
	got := evaluate(t, newOracle(t, c), heavy)
	c.Checkpoints = ""
	assert.Equal(t, timeless(evaluate(t, newOracle(t, c), heavy)), timeless(got))
}
