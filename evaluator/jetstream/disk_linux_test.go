package jetstream_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/jetstream/embedded"
	"github.com/graphpnas/graphpnas/searchspace"
)

// verbose is an evaluator whose results have 20 kB of metrics.
func verbose(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	r, err := edges(ctx, a)
	r.Metrics = map[string]float64{}
	for i := range 1000 {
		r.Metrics[fmt.Sprintf("metric %d", i)] = float64(i)
	}
	return r, err
}

// limitFiles limits the size of the files that this program writes. Writing more returns an error.
func limitFiles(t *testing.T, bytes uint64) {
	var limit unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_FSIZE, &limit))
	limit.Cur = min(bytes, limit.Max)
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &limit))
}

// smallDisk returns a directory on a disk of a few megabytes, and a function that makes the disk larger.
func smallDisk(t *testing.T) (dir string, grow func()) {
	dir = t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		t.Skipf("this user cannot make a small disk: %v", err)
	}
	t.Cleanup(func() { assert.NoError(t, unix.Unmount(dir, unix.MNT_DETACH)) })
	return dir, func() { require.NoError(t, unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT, "size=100m")) }
}

// The disk fills up, and the server does not answer any more. Coordinator, worker and server report the fault, and continue when
// there is space again.
func TestFullDiskIsReported(t *testing.T) {
	t.Parallel()
	dir, grow := smallDisk(t)
	reportsFault(t, dir, grow)
}

// Writing fails for another reason. The limit applies to the whole process, so this test cannot run in parallel with others.
func TestFailedWritesAreReported(t *testing.T) {
	t.Cleanup(func() { limitFiles(t, unix.RLIM_INFINITY) })
	dir := t.TempDir()
	limitFiles(t, 2<<20)
	reportsFault(t, dir, func() { limitFiles(t, unix.RLIM_INFINITY) })
}

// reportsFault checks that all sides report that the server cannot write to dir, and that they continue after heal.
func reportsFault(t *testing.T, dir string, heal func()) {
	t.Helper()
	server, coordinator, worker := newReports(), newReports(), newReports()
	s, err := embedded.Start(embedded.Config{Dir: dir, OnTrouble: server.tell})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	e := coordinate(t, s, jetstream.Config{Recheck: time.Second, OnTrouble: coordinator.tell})
	serve(t, s, jetstream.Worker{Evaluator: evaluator.Func(verbose), OnTrouble: worker.tell})
	var asking sync.WaitGroup
	for _, a := range cells(200) { // 4 MB of results
		asking.Go(func() {
			r, err := e.Evaluate(until(t), a)
			assert.NoError(t, err)
			assert.EqualValues(t, a.Part(0).NumEdges(), r.Value)
		})
	}
	assert.ErrorContains(t, server.any(t), "cannot be written")
	worker.await(t, jetstream.ErrNoAnswer)
	coordinator.any(t)
	heal()
	asking.Wait()
	server.await(t, nil)
}

// any waits for any report of a fault.
func (r reports) any(t *testing.T) error {
	for {
		select {
		case err := <-r:
			if err != nil {
				return err
			}
		case <-until(t).Done():
			require.Fail(t, "no report")
		}
	}
}

// If the disk stays full, both sides give up after their patience, with an error that names the reason.
func TestDiskThatStaysFullEndsTheSearch(t *testing.T) {
	t.Parallel()
	dir, _ := smallDisk(t)
	s, err := embedded.Start(embedded.Config{Dir: dir})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	e, err := jetstream.New(until(t), connect(t, s), space, jetstream.Config{
		Patience: 3 * time.Second, Recheck: time.Second, Queue: jetstream.Queue{AckWait: time.Second},
	})
	require.NoError(t, err)
	defer e.Close()
	ended := make(chan error, 1)
	go func() {
		w := jetstream.Worker{
			Conn: connect(t, s), Space: space, Evaluator: evaluator.Func(verbose), Concurrency: 4, Patience: 3 * time.Second,
		}
		ended <- w.Run(until(t))
	}()
	var asking sync.WaitGroup
	var broken atomic.Int64
	for _, a := range cells(200) {
		asking.Go(func() {
			if _, err := e.Evaluate(until(t), a); err != nil {
				assert.ErrorIs(t, err, evaluator.ErrBroken)
				broken.Add(1)
			}
		})
	}
	asking.Wait()
	assert.Positive(t, broken.Load())
	err = <-ended
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.ErrorContains(t, err, "for 3s")
	assert.ErrorContains(t, err, "its disk may be full or damaged")
}

// deleteStream deletes a stream of the queue.
func deleteStream(t *testing.T, nc *nats.Conn, name string) {
	streams, err := js.New(nc)
	require.NoError(t, err)
	require.NoError(t, streams.DeleteStream(until(t), name))
}

func TestDeletedResultStreamEndsBothSides(t *testing.T) {
	t.Parallel()
	s := start(t)
	e, err := jetstream.New(until(t), connect(t, s), space, jetstream.Config{Patience: 3 * time.Second, Recheck: 100 * time.Millisecond})
	require.NoError(t, err)
	defer e.Close()
	begun, finish, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		w := jetstream.Worker{
			Conn: connect(t, s), Space: space, Patience: 3 * time.Second,
			Evaluator: evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				close(begun)
				<-finish
				return edges(ctx, a)
			}),
		}
		ended <- w.Run(until(t))
	}()
	go func() {
		<-begun
		deleteStream(t, connect(t, s), "graphpnas-result")
		close(finish)
	}()
	_, err = e.Evaluate(until(t), cell())
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	err = <-ended
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.ErrorContains(t, err, "sending results has failed for 3s")
}
