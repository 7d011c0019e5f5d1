package oracle_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
)

// longer configures training runs that are long enough to be stopped, and that write a checkpoint after every epoch.
func longer(t require.TestingT, dir string) oracle.Config {
	return oracle.Config{
		Design: small, Images: fewDigits(t), Recipe: oracle.Recipe{Epochs: 30, Batch: 20}, Checkpoints: dir, CheckpointEvery: 1,
	}
}

// files returns the names of the files in a directory.
func files(t require.TestingT, dir string) (names []string) {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// checkpoints returns the paths of the checkpoints in a directory.
func checkpoints(t require.TestingT, dir string) []string {
	found, err := filepath.Glob(filepath.Join(dir, "*.safetensors"))
	require.NoError(t, err)
	return found
}

// stop evaluates a cell, cancels the evaluation after the first epoch that begins with a checkpoint, and returns the path of the
// checkpoint.
func stop(t testing.TB, o *oracle.Oracle, dir, cell string) (path string) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ctx = evaluator.WithReport(ctx, func(evaluator.Progress) {
		if found := checkpoints(t, dir); len(found) > 0 {
			path = found[0]
			cancel()
		}
	})
	_, err := o.Evaluate(ctx, parse(t, cell))
	require.ErrorIs(t, err, context.Canceled)
	return path
}

func TestAStoppedEvaluationGoesOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by New")
	c := longer(t, dir)
	o := newOracle(t, c)
	stop(t, o, dir, mixed)
	require.Len(t, files(t, dir), 1)
	c.CheckpointEvery = 0
	got := evaluate(t, newOracle(t, c), mixed)
	assert.Empty(t, files(t, dir), "a finished evaluation needs no checkpoint")

	c.Checkpoints = ""
	assert.Equal(t, timeless(evaluate(t, newOracle(t, c), mixed)), timeless(got))
}

// TestFinishedSeedsAreNotRepeated checks an evaluation that is stopped at its second seed.
func TestFinishedSeedsAreNotRepeated(t *testing.T) {
	dir := t.TempDir()
	c := longer(t, dir)
	c.CheckpointEvery, c.Seeds = 0, []uint64{1, 2, 3}
	stop(t, newOracle(t, c), dir, mixed)
	require.NotEmpty(t, files(t, dir))

	images, reads := c.Images, atomic.Int64{}
	watched, err := dataset.NewLazySet(images.Train.Shape(), images.Train.Classes(), reading(func(i int, pixels []uint8) error {
		reads.Add(1)
		return images.Train.Read(i, pixels)
	}), images.Train.Labels())
	require.NoError(t, err)
	c.Images = &oracle.Images{Train: watched, Valid: images.Valid, Normalization: images.Normalization}
	got := evaluate(t, newOracle(t, c), mixed)
	assert.LessOrEqual(t, int(reads.Load()), 2*c.Recipe.Epochs*watched.Len())
	assert.Empty(t, files(t, dir), "a finished evaluation needs no checkpoint")

	c.Checkpoints = ""
	assert.Equal(t, timeless(evaluate(t, newOracle(t, c), mixed)), timeless(got))
}

// reading is a function that implements dataset.Source.
type reading func(i int, pixels []uint8) error

func (r reading) Read(i int, pixels []uint8) error { return r(i, pixels) }

// TestOtherCheckpointsAreLeftAlone checks that different training runs use different files.
func TestOtherCheckpointsAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	c := longer(t, dir)
	path := stop(t, newOracle(t, c), dir, light)
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	c.Seeds = []uint64{9}
	c.Recipe.Epochs = 2
	evaluate(t, newOracle(t, c), light)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, before, after)
}

// TestDamagedCheckpoints checks that damaged checkpoints are ignored and replaced.
func TestDamagedCheckpoints(t *testing.T) {
	dir := t.TempDir()
	c := longer(t, dir)
	other := filepath.Join(dir, "other")
	require.NoError(t, os.Rename(stop(t, newOracle(t, c), dir, light), other))
	c.Recipe.Epochs = 31
	path := stop(t, newOracle(t, c), dir, light)
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	c.CheckpointEvery = 0
	want := timeless(evaluate(t, newOracle(t, c), light))
	another, err := os.ReadFile(other)
	require.NoError(t, err)
	for name, bad := range map[string][]byte{"truncated": good[:len(good)-7], "empty": {}, "of another training run": another} {
		require.NoError(t, os.WriteFile(path, bad, 0o666))

		training := newTraining(t, planOf(t, small, light, c.Images), c.Images, c.Recipe, 0)
		err := oracle.Checkpoint{Path: path}.Run(t.Context(), training)
		require.Error(t, err, name)
		assert.True(t, errors.Is(err, oracle.ErrFormat) || errors.Is(err, oracle.ErrOtherTraining), name)
		assert.ErrorContains(t, err, path, name)

		assert.Equal(t, want, timeless(evaluate(t, newOracle(t, c), light)), name)
		assert.Equal(t, []string{"other"}, files(t, dir), name)
	}
}

// TestUnreadableCheckpoints checks that a checkpoint that cannot be read ends the search and is not
// removed, because the disk error may be temporary. The test uses a directory instead of the file,
// because it can be opened but not read.
func TestUnreadableCheckpoints(t *testing.T) {
	dir := t.TempDir()
	c := longer(t, dir)
	path := stop(t, newOracle(t, c), dir, light)
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.Mkdir(path, 0o777))
	_, err := newOracle(t, c).Evaluate(t.Context(), parse(t, light))
	require.ErrorIs(t, err, evaluator.ErrBroken)
	assert.NotErrorIs(t, err, oracle.ErrFormat)
	assert.ErrorContains(t, err, path)
	assert.DirExists(t, path)
}

func TestUnwritableCheckpoints(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	c := longer(t, dir)
	o := newOracle(t, c)
	require.NoError(t, os.Remove(dir))
	_, err := o.Evaluate(t.Context(), parse(t, light))
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.ErrorContains(t, err, dir)

	require.NoError(t, os.WriteFile(dir, nil, 0o666))
	_, err = oracle.New(c)
	assert.ErrorContains(t, err, dir)
}

func TestAShortTrainingWritesNoCheckpoint(t *testing.T) {
	images := fewDigits(t)
	path := filepath.Join(t.TempDir(), "no such folder", "checkpoint")
	training := newTraining(t, planOf(t, small, light, images), images, oracle.Recipe{Epochs: 2}, 1)
	require.NoError(t, oracle.Checkpoint{Path: path}.Run(t.Context(), training))
	assert.NoError(t, oracle.Checkpoint{Path: path}.Remove())
}
