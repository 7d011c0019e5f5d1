package store

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/inject"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

// keeper is a program that evaluates the first cells of NAS-Bench-201 with a store, one after the other.
type keeper struct {
	Store, Begun, Reported string // paths; Begun and Reported list the keys of started and of returned evaluations
	Evaluations            int
}

func init() { programs[keeperVariable] = keep }

// keep runs the keeper that the environment describes.
func keep() error {
	var k keeper
	if err := json.Unmarshal([]byte(os.Getenv(keeperVariable)), &k); err != nil {
		return err
	}
	return k.run()
}

func (k keeper) run() error {
	space := searchspace.NASBench201{}
	db, err := Open(k.Store)
	if err != nil {
		return err
	}
	e := db.Evaluator(space, "", evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		if err := appendLine(k.Begun, space.Key(a)); err != nil {
			return evaluator.Result{}, err
		}
		return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, nil
	}))
	n := 0
	for a := range space.All() {
		if n++; n > k.Evaluations {
			break
		}
		if _, err := e.Evaluate(context.Background(), a); err != nil {
			return err
		}
		if err := appendLine(k.Reported, space.Key(a)); err != nil {
			return err
		}
	}
	return db.Close()
}

func appendLine(path, line string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(f, line); err != nil {
		return err
	}
	return f.Close()
}

// command returns a command that runs the test binary as a keeper.
func (k keeper) command(t *testing.T) *exec.Cmd {
	text, err := json.Marshal(k)
	require.NoError(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), keeperVariable+"="+string(text), "GOMAXPROCS=1")
	return cmd
}

func lines(t *testing.T, path string) map[string]int {
	text, err := os.ReadFile(path)
	if !os.IsNotExist(err) {
		require.NoError(t, err)
	}
	counts := map[string]int{}
	for line := range strings.FieldsSeq(string(text)) {
		counts[line]++
	}
	return counts
}

// The disk fails once at each write of the store in turn. The program either goes on, or ends with an error that names the store.
// Every evaluation that it has returned is stored. A second run finishes the rest, and repeats only the interrupted evaluation.
func TestDiskThatFailsAtEveryWrite(t *testing.T) {
	if race.Enabled {
		t.Skip("the programs run without the race detector too")
	}
	step := 9
	for _, fault := range inject.Faults(0) {
		t.Run(fault.Calls+" "+fault.Error, func(t *testing.T) {
			t.Parallel()
			inject.Places(t, step, func(place int) bool {
				dir := t.TempDir()
				k := keeper{filepath.Join(dir, "store.db"), filepath.Join(dir, "begun"), filepath.Join(dir, "reported"), 6}
				fault.Place = place
				output, happened, err := inject.Run(t, k.command(t), fault, k.Store, k.Store+"-wal", k.Store+"-shm", k.Store+"-journal")
				if err != nil {
					assert.Contains(t, output, k.Store, "place %d", place)
				}
				reported := lines(t, k.Reported)
				again, err := k.command(t).CombinedOutput()
				require.NoError(t, err, "place %d: %s\nfirst: %s", place, again, output)
				assert.Len(t, lines(t, k.Reported), k.Evaluations)
				repeated := 0
				for key, n := range lines(t, k.Begun) {
					if reported[key] > 0 {
						assert.Equal(t, 1, n, "place %d: %s was stored", place, key)
					}
					repeated += n - 1
				}
				assert.LessOrEqual(t, repeated, 1, "place %d", place)
				return happened
			})
		})
	}
}
