package store

import (
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// rounds configures searches that can be resumed without a record.
var rounds = child{Batch: childWorkers, Lag: 1}

// TestKilledSearchGoesOn kills a search at random points and starts it again each time. In the end its history equals that of an
// uninterrupted search. No stored evaluation is repeated, and each other evaluation is repeated only as often as a kill
// interrupted it.
func TestKilledSearchGoesOn(t *testing.T) {
	if race.Enabled {
		t.Skip("the programs run without the race detector too")
	}
	for name, settings := range map[string]child{
		"rounds":       rounds,
		"lag":          {Batch: 2, Lag: 9},
		"lag recorded": {Batch: 2, Lag: 9, Record: true},
	} {
		for _, method := range []string{"random", "evolution", "generator"} {
			t.Run(name+"/"+method, func(t *testing.T) {
				t.Parallel()
				want := newChild(t, settings, method, leash*kills()+1)
				c := newChild(t, settings, method, leash*kills()+1)
				whole := want.finish(t)
				require.Len(t, want.begun(t), want.Evaluations)
				require.Contains(t, whole, "out of memory")
				assert.Equal(t, whole, c.finishKilled(t))
			})
		}
	}
}

// TestKilledSearchInOrderOfArrival does the same for searches that depend on the order in which evaluations finish. Another run
// would have a different history, but replaying the record reproduces it.
func TestKilledSearchInOrderOfArrival(t *testing.T) {
	if race.Enabled {
		t.Skip("the programs run without the race detector too")
	}
	for _, method := range []string{"random", "evolution", "generator"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			c := newChild(t, child{Arrival: true, Batch: 1, Record: true}, method, leash*kills()+1)
			history := c.finishKilled(t)
			assert.Equal(t, c.Evaluations, strings.Count(history, `{"evaluation":`))
			assert.Contains(t, history, `"stop":"budget"`)
			begun := c.begun(t)
			for range 2 {
				assert.Equal(t, history, c.finish(t))
			}
			assert.Equal(t, begun, c.begun(t), "a finished search evaluates nothing")
		})
	}
}

// TestKilledSearchWithBudgets does the same at several budgets. Only running evaluations are repeated at the same budget, and no
// epoch is charged twice.
func TestKilledSearchWithBudgets(t *testing.T) {
	if race.Enabled {
		t.Skip("the programs run without the race detector too")
	}
	for name, settings := range map[string]child{"store": {Batch: 2, Lag: 9}, "record": {Batch: 2, Lag: 9, Record: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := newChild(t, settings, "asha", leash*kills()+1).finish(t)
			c := newChild(t, settings, "asha", leash*kills()+1)
			require.Equal(t, want, c.finishKilled(t))
			h, err := rl.ReadJSONL(strings.NewReader(want), searchspace.NASBench201{})
			require.NoError(t, err)
			paid := map[string]time.Duration{}
			whole := 0
			for _, e := range h.Evaluations {
				paid[e.Key] += e.Result.Cost
				if e.Budget == 0 && e.OK() {
					whole++
					assert.Equal(t, wholeTraining*time.Second, paid[e.Key])
				}
			}
			assert.Positive(t, whole)
		})
	}
}

// leash is the maximum number of evaluations that a child runs before it is killed.
const leash = 12

func kills() int {
	if testing.Short() {
		return 4
	}
	return 20
}

func newChild(t *testing.T, settings child, method string, evaluations int) child {
	dir := t.TempDir()
	c := settings
	c.Method, c.Evaluations = method, evaluations
	c.Store, c.Begun, c.History = filepath.Join(dir, "store.db"), filepath.Join(dir, "begun"), filepath.Join(dir, "history")
	return c
}

// finishKilled kills the child several times before it lets it finish, checks its evaluations, and returns the history.
func (c child) finishKilled(t *testing.T) string {
	c.Leash = leash // with leash·kills + 1 evaluations the child cannot finish before the last kill
	stored := map[string]bool{}
	interrupted := map[string]int{} // number of interruptions by key
	seen := 0
	for range kills() {
		c.killAtRandom(t, seen)
		lines := c.begun(t)
		begun := lines[seen:]
		seen = len(lines)
		for _, key := range begun {
			require.False(t, stored[key], "%s was stored", key)
		}
		stored = c.stored(t)
		inFlight := slices.DeleteFunc(begun, func(key string) bool { return stored[key] })
		require.LessOrEqual(t, len(inFlight), childWorkers)
		for _, key := range inFlight {
			interrupted[key]++
		}
	}
	c.Leash = 0
	history := c.finish(t)

	times := map[string]int{}
	for _, key := range c.begun(t) {
		times[key]++
	}
	architectures := map[string]bool{}
	for id := range times {
		key, _, _ := strings.Cut(id, "@")
		architectures[key] = true
	}
	assert.Len(t, architectures, c.Evaluations)
	for key, n := range times {
		assert.Equal(t, 1+interrupted[key], n, key)
	}
	t.Logf("%d evaluations, %d of them begun again after %d kills", len(times), len(c.begun(t))-len(times), kills())
	return history
}

// killAtRandom starts the child and kills it, either while it starts or some milliseconds after it has begun evaluations.
func (c child) killAtRandom(t *testing.T, seen int) {
	cmd, output := c.start(t)
	more := rand.IntN(8)
	for started := time.Now(); more > 0 && len(c.begun(t)) < seen+more; time.Sleep(time.Millisecond) {
		require.Less(t, time.Since(started), 5*time.Minute, output)
	}
	wait := 10 * time.Millisecond
	if more == 0 {
		wait = 200 * time.Millisecond
	}
	time.Sleep(rand.N(wait))
	require.NoError(t, cmd.Process.Kill(), output)
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Wait(), &exit, "the search finished before it was killed")
	require.Empty(t, output.String(), "the child printed an error")
}

// stored returns the keys of the finished evaluations in the store.
func (c child) stored(t *testing.T) map[string]bool {
	db := mustOpen(t, c.Store)
	defer db.Close()
	keys := map[string]bool{}
	for _, key := range column(t, db, "SELECT key || iif(budget > 0, '@' || budget, '') FROM evaluations WHERE status <> 'begun'") {
		keys[key] = true
	}
	return keys
}

// Two processes run the same search with one store at the same time. Both end with the whole history, and a third process has
// nothing left to evaluate.
func TestTwoProcessesShareAStore(t *testing.T) {
	one := newChild(t, rounds, "evolution", 60)
	two := newChild(t, rounds, "evolution", 60)
	two.Store = one.Store
	cmd, output := one.start(t)
	want := two.finish(t)
	require.NoError(t, cmd.Wait(), output)
	assert.Equal(t, want, one.history(t))
	for _, c := range []child{one, two} {
		begun := c.begun(t)
		slices.Sort(begun)
		assert.Len(t, slices.Compact(begun), len(begun), "a process evaluates nothing twice")
	}

	three := newChild(t, rounds, "evolution", 60)
	three.Store = one.Store
	assert.Equal(t, want, three.finish(t))
	assert.Empty(t, three.begun(t))
}
