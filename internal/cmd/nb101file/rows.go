package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/internal/nb101"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/internal/tfrecord"
	"github.com/graphpnas/graphpnas/searchspace"
)

// training is one training run of a cell.
type training struct{ epochs, repeat int }

// writeRows writes the rows of all cells. Of isomorphic cells, it writes the first.
func writeRows(w io.Writer, cells iter.Seq[searchspace.Arch], trainings []training) error {
	records := tfrecord.NewWriter(w)
	written := map[[16]byte]bool{}
	var text []byte
	for a, key := range keyed(cells) {
		if written[key] {
			continue
		}
		written[key] = true
		cell, err := nb101.CellOf(a)
		if err != nil {
			return fmt.Errorf("architecture [%v]: %w", a, err)
		}
		for _, training := range trainings {
			row := nb101.Row{Key: key, Epochs: training.epochs, Cell: cell, Metrics: madeUp(key, training)}
			text = row.AppendTo(text[:0])
			if err := records.Write(text); err != nil {
				return err
			}
		}
	}
	return nil
}

// keyed yields architectures with their hashes, which it computes in parallel.
func keyed(archs iter.Seq[searchspace.Arch]) iter.Seq2[searchspace.Arch, [16]byte] {
	const size = 1 << 12
	return func(yield func(searchspace.Arch, [16]byte) bool) {
		batch := make([]searchspace.Arch, 0, size)
		var keys [size][16]byte
		flush := func() bool {
			parallel.Do(len(batch), func(i int) {
				keys[i], _ = nb101.ParseKey(searchspace.NASBench101{}.Key(batch[i]))
			})
			for i, a := range batch {
				if !yield(a, keys[i]) {
					return false
				}
			}
			batch = batch[:0]
			return true
		}
		for a := range archs {
			if batch = append(batch, a); len(batch) == size && !flush() {
				return
			}
		}
		flush()
	}
}

// madeUp returns figures that depend only on the cell and the training. They are in the range of
// the published ones and rise from one evaluation to the next.
func madeUp(key [16]byte, t training) nb101.Metrics {
	seed := binary.BigEndian.Uint64(key[:])
	cell := rand.New(rand.NewPCG(seed, 0))
	m := nb101.Metrics{Parameters: 200_000 + cell.Int32N(50_000_000)}
	secondsPerEpoch := 5 + 40*cell.Float64()

	rng := rand.New(rand.NewPCG(seed, uint64(t.epochs)<<32|uint64(t.repeat)+1))
	seconds := (1 + 0.02*rng.Float64()) * secondsPerEpoch * float64(t.epochs)
	m.TotalTime = 1.1 * seconds
	final := 0.3 + 0.65*rng.Float64()
	for i := range m.Evaluations {
		trained := float64(i) / nb101.Final
		accuracy := func() float32 { return float32(0.1 + trained*(final-0.1) + 0.01*rng.Float64()) }
		m.Evaluations[i] = nb101.Evaluation{
			nb101.TrainingTime:       float32(trained * seconds),
			nb101.TrainAccuracy:      accuracy(),
			nb101.ValidationAccuracy: accuracy(),
			nb101.TestAccuracy:       accuracy(),
		}
	}
	return m
}
