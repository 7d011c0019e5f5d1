package nasbench

import (
	"math"

	"github.com/graphpnas/graphpnas/searchspace"
)

// natsRun is one training run.
type natsRun struct {
	dataset string
	epochs  int // the number of epochs in queries
	seed    int
	length  int // the actual number of epochs
	flops   float64
	params  float64
	latency float64   // NaN if not recorded
	sets    []natsSet // the training set, "train", and the sets that it was evaluated on
}

// natsSet holds the figures of a training run on a set of images. A figure that is not recorded is NaN.
type natsSet struct {
	name           string
	loss, accuracy float64 // after the last epoch
	time           float64 // for all epochs
}

// Info returns the figures of the training that a query selects, or the means over several training runs, like
// get_more_info(…, is_random=False) or is_random=seed of the benchmark's Python API. Figures that are not
// recorded or NaN are left out. The error wraps [ErrNotRecorded] if there is no such training.
func (n *NATS) Info(a searchspace.Arch, q NATSQuery) (map[NATSMetric]float64, error) {
	q = q.withDefaults()
	runs, err := n.runs(a, q)
	if err != nil {
		return nil, err
	}
	return natsInfo(runs, q.Dataset), nil
}

// Cost returns the costs of a cell and its training, like get_cost_info of the benchmark's Python API: [NATSFLOPs], [NATSParams],
// [NATSLatency], the training times "T-train@epoch" and "T-train@total", and the evaluation times, all in seconds. Evaluation
// sets have other names than in [NATS.Info]: in "T-x-valid@epoch", x-valid is valid, x-test is test, and ori-test is CIFAR-10's
// test set or valtest. Figures that are not recorded or NaN are left out. The error wraps [ErrNotRecorded] if there is no such
// training.
func (n *NATS) Cost(a searchspace.Arch, q NATSQuery) (map[NATSMetric]float64, error) {
	runs, err := n.runs(a, q.withDefaults())
	if err != nil {
		return nil, err
	}
	cost := natsFigures{}
	cost.addNetwork(runs)
	for _, set := range runs[0].sets {
		mean, _ := natsMean(runs, set.name)
		cost.add("T-"+set.name+"@epoch", mean.time/float64(runs[0].length))
		cost.add("T-"+set.name+"@total", mean.time)
	}
	return cost, nil
}

// natsInfo returns the figures that Info returns.
func natsInfo(runs []natsRun, dataset string) natsFigures {
	info := natsFigures{}
	for _, split := range natsSplits(dataset) {
		mean, of := natsMean(runs, split.set)
		if of < len(runs) {
			continue
		}
		info.add(split.name+"-loss", mean.loss)
		info.add(split.name+"-accuracy", mean.accuracy)
		info.add(split.name+"-per-time", mean.time/float64(runs[0].length))
		info.add(split.name+"-all-time", mean.time)
	}
	return info
}

// natsSplit is a set of images, with its name in Info and that in the file.
type natsSplit struct{ name, set string }

// natsSplits returns the sets of images of a data set.
func natsSplits(dataset string) []natsSplit {
	switch dataset {
	case NATSCIFAR10Valid:
		return []natsSplit{{"train", "train"}, {"valid", "x-valid"}, {"test", "ori-test"}}
	case NATSCIFAR10:
		return []natsSplit{{"train", "train"}, {"test", "ori-test"}}
	default:
		return []natsSplit{{"train", "train"}, {"valid", "x-valid"}, {"test", "x-test"}, {"valtest", "ori-test"}}
	}
}

// natsMean returns the means over the runs that have a set, and their number.
func natsMean(runs []natsRun, name string) (mean natsSet, of int) {
	for _, run := range runs {
		for _, set := range run.sets {
			if set.name == name {
				mean.loss += set.loss
				mean.accuracy += set.accuracy
				mean.time += set.time
				of++
			}
		}
	}
	mean.loss /= float64(of)
	mean.accuracy /= float64(of)
	mean.time /= float64(of)
	return mean, of
}

// natsFigures holds figures by name.
type natsFigures map[NATSMetric]float64

// add adds a figure if it is a number.
func (f natsFigures) add(name string, value float64) {
	if !math.IsNaN(value) {
		f[NATSMetric(name)] = value
	}
}

// addNetwork adds the means of the network's figures over the runs. The mean latency is over the runs that recorded it.
func (f natsFigures) addNetwork(runs []natsRun) {
	var flops, params, latency, timed float64
	for _, run := range runs {
		flops += run.flops
		params += run.params
		if !math.IsNaN(run.latency) {
			latency += run.latency
			timed++
		}
	}
	f.add(string(NATSFLOPs), flops/float64(len(runs)))
	f.add(string(NATSParams), params/float64(len(runs)))
	f.add(string(NATSLatency), latency/timed)
}
