package nasbench

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/graphpnas/graphpnas/internal/pickle"
)

// natsArch holds the recorded training runs of an architecture.
type natsArch struct {
	index    int
	notation string
	runs     []natsRun
}

// decodeNATSArch decodes the training runs of an architecture for each number of epochs.
func decodeNATSArch(value any) (*natsArch, error) {
	budgets, ok := pickle.Pairs(value)
	if !ok {
		return nil, errors.New("the record is not a dictionary")
	}
	a := &natsArch{index: -1}
	for key, value := range budgets {
		epochs, err := natsEpochs(key)
		if err != nil {
			return nil, err
		}
		if err := a.addBudget(epochs, value); err != nil {
			return nil, fmt.Errorf("%d epochs: %w", epochs, err)
		}
	}
	return a, nil
}

// natsEpochs returns the number of epochs from the key of its training runs. The older file uses the keys less and full.
func natsEpochs(key any) (int, error) {
	switch key {
	case any("less"):
		return 12, nil
	case any("full"):
		return 200, nil
	}
	if s, ok := key.(string); ok {
		if epochs, err := strconv.Atoi(s); err == nil && epochs > 0 {
			return epochs, nil
		}
	}
	return 0, fmt.Errorf("key %s is not a number of epochs", natsKeyName(key))
}

// addBudget adds the training runs of a number of epochs.
func (a *natsArch) addBudget(epochs int, value any) error {
	state, err := natsFields(value, "arch_index", "arch_str", "all_results", "dataset_seed")
	if err != nil {
		return err
	}
	index, _ := state["arch_index"].(int)
	notation, _ := state["arch_str"].(string)
	if a.index >= 0 && (index != a.index || notation != a.notation) {
		return fmt.Errorf("the record contains both architecture %d %q and architecture %d %q", index, notation, a.index, a.notation)
	}
	a.index, a.notation = index, notation

	results, err := natsResults(state["all_results"])
	if err != nil {
		return err
	}
	seeds, ok := pickle.Pairs(state["dataset_seed"])
	if !ok {
		return errors.New("dataset_seed is not a dictionary")
	}
	for key, value := range seeds {
		dataset, _ := key.(string)
		list, ok := pickle.Items(value)
		if !ok {
			return errors.New("the seeds of a data set are not a list")
		}
		for _, v := range list {
			seed, _ := v.(int)
			run, err := decodeNATSRun(results[natsTrial{dataset, seed}])
			if err != nil {
				return fmt.Errorf("data set %.40q, seed %d: %w", dataset, seed, err)
			}
			run.dataset, run.epochs, run.seed = dataset, epochs, seed
			a.runs = append(a.runs, run)
		}
	}
	return nil
}

// natsTrial is the key of a training run.
type natsTrial struct {
	dataset string
	seed    int
}

// natsResults decodes the dictionary of training runs.
func natsResults(value any) (map[natsTrial]any, error) {
	pairs, ok := pickle.Pairs(value)
	if !ok {
		return nil, errors.New("all_results is not a dictionary")
	}
	results := map[natsTrial]any{}
	for key, value := range pairs {
		pair, _ := pickle.Items(key)
		if len(pair) != 2 {
			return nil, errors.New("a key of all_results is not a pair")
		}
		dataset, ok1 := pair[0].(string)
		seed, ok2 := pair[1].(int)
		if !ok1 || !ok2 {
			return nil, errors.New("a key of all_results is not a data set with a seed")
		}
		results[natsTrial{dataset, seed}] = value
	}
	return results, nil
}

// natsFields decodes a dictionary whose keys are strings. It returns an error if one of the given names is missing.
func natsFields(value any, names ...string) (map[string]any, error) {
	pairs, ok := pickle.Pairs(value)
	if !ok {
		return nil, errors.New("not a dictionary")
	}
	fields := map[string]any{}
	for key, value := range pairs {
		name, ok := key.(string)
		if !ok {
			return nil, errors.New("a key is not a string")
		}
		fields[name] = value
	}
	for _, name := range names {
		if _, ok := fields[name]; !ok {
			return nil, fmt.Errorf("%s is missing", name)
		}
	}
	return fields, nil
}

// natsKeyName formats the key of a dictionary for a message.
func natsKeyName(key any) string {
	switch key := key.(type) {
	case int:
		return strconv.Itoa(key)
	case string:
		return fmt.Sprintf("%.40q", key)
	}
	return "of another kind"
}
