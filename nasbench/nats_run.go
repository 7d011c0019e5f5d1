package nasbench

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/internal/pickle"
)

const (
	maxNATSEpochs = 1 << 10 // maximum number of epochs of a training run
	maxNATSSets   = 1 << 3  // maximum number of image sets that a training run was evaluated on
)

// decodeNATSRun decodes a training run, without its data set, epochs and seed.
func decodeNATSRun(value any) (natsRun, error) {
	fields, err := natsFields(value, "epochs", "flop", "params", "latency", "eval_names",
		"train_losses", "train_acc1es", "train_times", "eval_losses", "eval_acc1es", "eval_times")
	if err != nil {
		return natsRun{}, err
	}
	var run natsRun
	if run.length, _ = fields["epochs"].(int); run.length < 1 || run.length > maxNATSEpochs {
		return natsRun{}, fmt.Errorf("epochs: must be from 1 to %d", maxNATSEpochs)
	}
	if run.flops, err = natsNumber(fields["flop"]); err != nil {
		return natsRun{}, fmt.Errorf("flop: %w", err)
	}
	if run.params, err = natsNumber(fields["params"]); err != nil {
		return natsRun{}, fmt.Errorf("params: %w", err)
	}
	if run.latency, err = natsLatency(fields["latency"]); err != nil {
		return natsRun{}, fmt.Errorf("latency: %w", err)
	}
	evaluated, ok := pickle.Items(fields["eval_names"])
	if !ok || len(evaluated) > maxNATSSets {
		return natsRun{}, fmt.Errorf("eval_names: not a list of up to %d", maxNATSSets)
	}
	if err := run.addSets(fields, "train", natsTrainSet); err != nil {
		return natsRun{}, err
	}
	return run, run.addSets(fields, "eval", evaluated...)
}

// natsTrainSet is the name of the training set.
const natsTrainSet = "train"

// addSets adds the figures for the named sets from the fields with the given prefix.
func (r *natsRun) addSets(fields map[string]any, prefix string, names ...any) error {
	var curves [3]natsCurves
	for i, what := range []string{"_losses", "_acc1es", "_times"} {
		var err error
		if curves[i], err = decodeNATSCurves(fields[prefix+what], r.length); err != nil {
			return fmt.Errorf("%s%s: %w", prefix, what, err)
		}
	}
	for _, name := range names {
		set := natsSet{}
		set.name, _ = name.(string)
		set.loss = curves[0].last(set.name)
		set.accuracy = curves[1].last(set.name)
		set.time = curves[2].total(set.name)
		if set.accuracy < 0 || set.accuracy > 100 {
			return fmt.Errorf("%s: the accuracy must be from 0 to 100, got %v", set.name, set.accuracy)
		}
		r.sets = append(r.sets, set)
	}
	return nil
}

// natsCurves holds, for each set of images, a figure for each epoch, which is NaN if it is not recorded.
type natsCurves map[string][]float64

// decodeNATSCurves decodes a dictionary of figures. For training, its keys are epochs from 0;
// otherwise a key consists of a set and an epoch, as in "x-valid@11". None counts as an empty
// dictionary.
func decodeNATSCurves(value any, epochs int) (natsCurves, error) {
	curves := natsCurves{}
	pairs, ok := pickle.Pairs(value)
	if value == nil {
		return curves, nil
	}
	if !ok {
		return nil, errors.New("not a dictionary")
	}
	for key, value := range pairs {
		set, epoch, ok := natsCurveKey(key)
		if !ok || epoch < 0 || epoch >= epochs {
			return nil, fmt.Errorf("key %s is not one of the %d epochs", natsKeyName(key), epochs)
		}
		curve := curves[set]
		if curve == nil {
			if len(curves) == maxNATSSets {
				return nil, fmt.Errorf("more than %d sets of images", maxNATSSets)
			}
			curve = make([]float64, epochs)
			for i := range curve {
				curve[i] = math.NaN()
			}
			curves[set] = curve
		}
		var err error
		if curve[epoch], err = natsNumber(value); err != nil {
			return nil, fmt.Errorf("%s: %w", natsKeyName(key), err)
		}
	}
	return curves, nil
}

// natsCurveKey parses the key of a figure.
func natsCurveKey(key any) (set string, epoch int, ok bool) {
	switch key := key.(type) {
	case int:
		return natsTrainSet, key, true
	case string:
		set, digits, _ := strings.Cut(key, "@")
		epoch, err := strconv.Atoi(digits)
		return set, epoch, err == nil
	}
	return "", 0, false
}

// last returns the figure of the last epoch.
func (c natsCurves) last(set string) float64 {
	curve := c[set]
	if len(curve) == 0 {
		return math.NaN()
	}
	return curve[len(curve)-1]
}

// total returns the sum over all epochs.
func (c natsCurves) total(set string) float64 {
	curve := c[set]
	if len(curve) == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, v := range curve {
		sum += v
	}
	return sum
}

// natsNumber decodes a number. None becomes NaN.
func natsNumber(value any) (float64, error) {
	switch v := value.(type) {
	case nil:
		return math.NaN(), nil
	case int:
		return float64(v), nil
	case float64:
		return v, nil
	}
	return 0, errors.New("not a number")
}

// natsLatency decodes a list of latencies, or None, and returns their mean, or NaN if it is not positive.
func natsLatency(value any) (float64, error) {
	if value == nil {
		return math.NaN(), nil
	}
	list, ok := pickle.Items(value)
	if !ok {
		return 0, errors.New("not a list")
	}
	sum := 0.0
	for _, v := range list {
		latency, err := natsNumber(v)
		if err != nil {
			return 0, err
		}
		sum += latency
	}
	if mean := sum / float64(len(list)); mean > 0 {
		return mean, nil
	}
	return math.NaN(), nil
}
