package oracle_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/inject"
	"github.com/graphpnas/graphpnas/internal/race"
)

// traineeVariable makes the test binary train one network instead of running tests. Its value is the directory of the checkpoints.
const traineeVariable = "ORACLE_TEST_TRAINEE"

func init() { programs = append(programs, beATrainee) }

func beATrainee() {
	dir := os.Getenv(traineeVariable)
	if dir == "" {
		return
	}
	c := longer(fatal{}, dir)
	c.Recipe.Epochs = 3
	r, err := newOracle(fatal{}, c).Evaluate(context.Background(), parse(fatal{}, light))
	if err != nil {
		say(err)
		os.Exit(1)
	}
	say(timeless(r))
	os.Exit(0)
}

// say prints a line. If that fails, it tries again, because the injected fault should only affect checkpoints.
func say(line any) {
	if _, err := fmt.Println(line); err != nil {
		fmt.Println(line)
	}
}

// The disk fails once at each write of a checkpoint in turn. The training either goes on, or ends with an error that names the
// checkpoint. A second run gives the result of an undisturbed one.
func TestDiskThatFailsAtEveryWrite(t *testing.T) {
	if race.Enabled {
		t.Skip("the programs run without the race detector too")
	}
	train := func(t *testing.T, dir string) *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), traineeVariable+"="+dir, "GOMAXPROCS=1")
		return cmd
	}
	want, err := train(t, t.TempDir()).CombinedOutput()
	require.NoError(t, err, string(want))
	step := 4
	for _, fault := range inject.Faults(0) {
		t.Run(fault.Calls+" "+fault.Error, func(t *testing.T) {
			inject.Places(t, step, func(place int) bool {
				dir := t.TempDir()
				fault.Place = place
				output, happened, err := inject.Run(t, train(t, dir), fault)
				if err != nil {
					assert.Contains(t, output, "checkpoint "+dir, "place %d", place)
				}
				again, err := train(t, dir).CombinedOutput()
				require.NoError(t, err, "place %d: %s", place, again)
				assert.Equal(t, string(want), string(again), "place %d", place)
				return happened
			})
		})
	}
}
