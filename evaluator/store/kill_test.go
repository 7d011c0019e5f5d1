package store

import (
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/race"
)

// A search is killed at random points and started again each time: in the end its history is that of one that was never
// stopped, nothing that was stored has been evaluated again, and of the rest only what a kill had cut short.
func TestKilledSearchGoesOn(t *testing.T) {
	kills := 20
	if testing.Short() || race.Enabled {
		kills = 4
	}
	const leash = 12
	evaluations := leash*kills + 1 // it is not over before the last kill, however slow this process is to kill
	for _, method := range []string{"random", "evolution", "generator"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			whole := newChild(t, method, evaluations)
			want := whole.finish(t)
			require.Len(t, whole.begun(t), evaluations)

			c := newChild(t, method, evaluations)
			c.Leash = leash
			stored := map[string]bool{}
			cutShort := map[string]int{} // how often, by key
			seen := 0
			for range kills {
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
					cutShort[key]++
				}
			}
			c.Leash = 0
			assert.Equal(t, want, c.finish(t))

			times := map[string]int{}
			for _, key := range c.begun(t) {
				times[key]++
			}
			assert.Len(t, times, evaluations)
			for key, n := range times {
				assert.Equal(t, 1+cutShort[key], n, key)
			}
			t.Logf("%d evaluations, %d of them begun again after %d kills", len(times), len(c.begun(t))-len(times), kills)
		})
	}
}

func newChild(t *testing.T, method string, evaluations int) child {
	dir := t.TempDir()
	return child{
		Method: method, Evaluations: evaluations, Store: filepath.Join(dir, "store.db"),
		Begun: filepath.Join(dir, "begun"), History: filepath.Join(dir, "history"),
	}
}

// killAtRandom starts the child and kills it: often while it starts, else when it has begun some evaluations, and some
// milliseconds after that.
func (c child) killAtRandom(t *testing.T, seen int) {
	cmd, says := c.start(t)
	more := rand.IntN(8)
	for started := time.Now(); more > 0 && len(c.begun(t)) < seen+more; time.Sleep(time.Millisecond) {
		require.Less(t, time.Since(started), time.Minute, says)
	}
	wait := 10 * time.Millisecond
	if more == 0 {
		wait = 200 * time.Millisecond
	}
	time.Sleep(rand.N(wait))
	require.NoError(t, cmd.Process.Kill(), says)
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Wait(), &exit, "the search was over before it was killed")
	require.Empty(t, says.String(), "the child ended by itself")
}

// stored returns the keys of the evaluations that the store has finished.
func (c child) stored(t *testing.T) map[string]bool {
	db := mustOpen(t, c.Store)
	defer db.Close()
	keys := map[string]bool{}
	for _, key := range column(t, db, "SELECT key FROM evaluations WHERE status <> 'begun'") {
		keys[key] = true
	}
	return keys
}

// Two processes run the same search on one store at the same time: both come to the whole history, and a third finds
// nothing left to evaluate.
func TestTwoProcessesShareAStore(t *testing.T) {
	one := newChild(t, "evolution", 60)
	two := newChild(t, "evolution", 60)
	two.Store = one.Store
	cmd, says := one.start(t)
	want := two.finish(t)
	require.NoError(t, cmd.Wait(), says)
	assert.Equal(t, want, one.history(t))
	for _, c := range []child{one, two} {
		begun := c.begun(t)
		slices.Sort(begun)
		assert.Len(t, slices.Compact(begun), len(begun), "a process evaluates nothing twice")
	}

	three := newChild(t, "evolution", 60)
	three.Store = one.Store
	assert.Equal(t, want, three.finish(t))
	assert.Empty(t, three.begun(t))
}
