package nasbench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/searchspace"
)

// natsColumn is a column of the table that NATS.Table makes.
type natsColumn struct {
	name    string
	dataset string
	epochs  int
	metric  NATSMetric
}

var natsColumns = func() []natsColumn {
	var columns []natsColumn
	for _, epochs := range []int{12, 200} {
		for _, c := range []natsColumn{
			{"cifar10_valid", NATSCIFAR10Valid, epochs, NATSValidAccuracy},
			{"cifar10_valid_seconds", NATSCIFAR10Valid, epochs, NATSTrainAllTime},
			{"cifar10_test", NATSCIFAR10, epochs, NATSTestAccuracy},
			{"cifar10_test_seconds", NATSCIFAR10, epochs, NATSTrainAllTime},
			{"cifar100_valid", NATSCIFAR100, epochs, NATSValidAccuracy},
			{"cifar100_test", NATSCIFAR100, epochs, NATSTestAccuracy},
			{"cifar100_seconds", NATSCIFAR100, epochs, NATSTrainAllTime},
			{"imagenet16_valid", NATSImageNet16120, epochs, NATSValidAccuracy},
			{"imagenet16_test", NATSImageNet16120, epochs, NATSTestAccuracy},
			{"imagenet16_seconds", NATSImageNet16120, epochs, NATSTrainAllTime},
		} {
			c.name = fmt.Sprintf("%s_%d", c.name, epochs)
			columns = append(columns, c)
		}
	}
	for _, c := range []natsColumn{
		{name: "cifar10", dataset: NATSCIFAR10},
		{name: "cifar100", dataset: NATSCIFAR100},
		{name: "imagenet16", dataset: NATSImageNet16120},
	} {
		for _, metric := range []NATSMetric{NATSParams, NATSFLOPs, NATSLatency} {
			columns = append(columns, natsColumn{c.name + "_" + string(metric), c.dataset, 200, metric})
		}
	}
	return columns
}()

// Table returns a table of the means over the seeds of each cell's training runs, in the order of
// the index. For 12 and for 200 epochs, it has the columns
//
//	cifar10_valid_12, cifar10_valid_seconds_12   trained on half of CIFAR-10's training set, validated on the other
//	cifar10_test_12, cifar10_test_seconds_12     trained on all of it
//	cifar100_valid_12, cifar100_test_12, cifar100_seconds_12
//	imagenet16_valid_12, imagenet16_test_12, imagenet16_seconds_12
//
// with accuracies in percent, as in [NATS.Info], and training times in seconds; see [NATSQuery] for
// the data sets. For the network of each data set it has the columns cifar10_params (in millions),
// cifar10_flops (in millions, for one image) and cifar10_latency (in seconds, for a batch), and
// likewise for cifar100 and imagenet16, as in [NATS.Cost] for the training runs of 200 epochs.
// Figures that a cell lacks are not recorded in the table. Single training runs, losses, accuracies
// on training sets, and the test accuracies of training runs on half of CIFAR-10 are left out.
//
// A directory has a file for each cell, which takes about 14 ms to read; Table reads several files
// in parallel. If progress is not nil, it is called with the number of finished cells; calls are
// made one after the other. If a cell is not recorded at all, the error wraps [ErrNotRecorded] and
// names the cell. Other errors name the file, or are those of the context.
func (n *NATS) Table(ctx context.Context, progress func(cells int)) (*Table, error) {
	t := &Table{name: n.name, space: n.Space(), keys: make([]string, n.Len()), rows: n.rows}
	for _, c := range natsColumns {
		t.columns = append(t.columns, c.name)
		t.values = append(t.values, make([]float64, n.Len()))
	}
	var failed atomic.Bool
	var mu sync.Mutex
	done := 0
	errs := make([]error, n.Len())
	parallel.Do(n.Len(), func(row int) {
		if failed.Load() {
			return
		}
		t.keys[row] = n.Space().Key(n.archs[row])
		if errs[row] = n.addRow(ctx, t, row); errs[row] != nil {
			failed.Store(true)
			return
		}
		if progress != nil {
			mu.Lock()
			defer mu.Unlock()
			done++
			progress(done)
		}
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	t.setArchs(n.archs)
	return t, nil
}

// addRow sets the figures of a row.
func (n *NATS) addRow(ctx context.Context, t *Table, row int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := n.arch(row); err != nil {
		return err
	}
	for i, c := range natsColumns {
		t.values[i][row] = math.NaN()
		runs, err := n.runs(n.archs[row], NATSQuery{Dataset: c.dataset, Epochs: c.epochs})
		if errors.Is(err, ErrNotRecorded) {
			continue
		}
		if err != nil {
			return err
		}
		figures := natsInfo(runs, c.dataset)
		figures.addNetwork(runs)
		if v, ok := figures[c.metric]; ok {
			t.values[i][row] = v
		}
		if math.IsInf(t.values[i][row], 0) {
			return fmt.Errorf("%s: architecture %d %s: %s is infinite", n.name, row, searchspace.Text(n.Space(), n.archs[row]), c.name)
		}
	}
	return nil
}
