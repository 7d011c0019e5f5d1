package nasbench

import (
	"math"

	"github.com/graphpnas/graphpnas/searchspace"
)

// natsRun is one training.
type natsRun struct {
	dataset string
	epochs  int // as a query calls it
	seed    int
	length  int // epochs that it did take
	flops   float64
	params  float64
	latency float64   // NaN: not recorded
	sets    []natsSet // what it was trained on, "train", and what it was evaluated on
}

// natsSet is what a training found on a set of images. What is not recorded is NaN.
type natsSet struct {
	name           string
	loss, accuracy float64 // after the last epoch
	time           float64 // of all epochs
}

// Info returns the figures of the trainings that a query asks for, and where it asks for several, their means: what
// get_more_info(…, is_random=False) of the benchmark's Python API returns, or is_random=seed. A figure that is not
// recorded, or is not a number, is left out. The error wraps [ErrNotRecorded] where there is no such training.
func (n *NATS) Info(a searchspace.Arch, q NATSQuery) (map[NATSMetric]float64, error) {
	q = q.withDefaults()
	runs, err := n.runs(a, q)
	if err != nil {
		return nil, err
	}
	return natsInfo(runs, q.Dataset), nil
}

// Cost returns what a cell and its training cost: what get_cost_info of the benchmark's Python API returns. That is
// [NATSFLOPs], [NATSParams], [NATSLatency], and the times of training, "T-train@epoch" and "T-train@total", and of the
// sets that it was evaluated on, in seconds. Those go by other names than with [NATS.Info]: "T-x-valid@epoch" is the
// time of what is called valid there, x-test is test, and ori-test is the test set of CIFAR-10, or what is called
// valtest. What is left out, and the error, are as for [NATS.Info].
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

// natsInfo returns the figures that Info gives.
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

// natsSplit says which set of images a name stands for.
type natsSplit struct{ name, set string }

// natsSplits returns what the names stand for with a data set.
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

// natsMean returns the means over those runs that have a set, and how many have.
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

// natsFigures are figures by name.
type natsFigures map[NATSMetric]float64

// add adds a figure if it is a number.
func (f natsFigures) add(name string, value float64) {
	if !math.IsNaN(value) {
		f[NATSMetric(name)] = value
	}
}

// addNetwork adds the figures of the network: their means over the runs, those of which the latency is recorded.
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
