package oracle_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/searchspace"
)

// programs lists what the test binary runs instead of the tests if a test has started it with the right environment variable.
var programs []func()

func TestMain(m *testing.M) {
	beAChild()
	for _, be := range programs {
		be()
	}
	goleak.VerifyTestMain(m)
}

// Cells of NAS-Bench-201: with convolutions on all edges, on some, and on one, and one without a path from input to output.
const (
	heavy  = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|"
	mixed  = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|nor_conv_3x3~1|avg_pool_3x3~2|"
	light  = "|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|"
	broken = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"
)

func parse(t require.TestingT, cell string) searchspace.Arch {
	a, err := searchspace.NASBench201{}.Parse(cell)
	require.NoError(t, err)
	return a
}

// small is a design of networks with four channels and one cell per stage.
var small = network.NASBench201{Channels: 4, Cells: 1}

func planOf(t require.TestingT, d network.Design, cell string, images *oracle.Images) *network.Plan {
	plan, err := network.NewPlan(d, parse(t, cell), images.Input())
	require.NoError(t, err)
	return plan
}

// digits returns 1,297 training, 250 validation and 250 test images.
func digits(t require.TestingT) *oracle.Images {
	data, err := dataset.Digits()
	require.NoError(t, err)
	return split(t, data.Train, 250)
}

// fewDigits returns 140 training, 30 validation and 30 test images.
func fewDigits(t require.TestingT) *oracle.Images {
	data, err := dataset.Digits()
	require.NoError(t, err)
	few, _, err := data.Train.Split(2, 200)
	require.NoError(t, err)
	return split(t, few, 30)
}

func split(t require.TestingT, all *dataset.Set, n int) *oracle.Images {
	test, rest, err := all.Split(1, n)
	require.NoError(t, err)
	valid, train, err := rest.Split(1, n)
	require.NoError(t, err)
	images, err := oracle.NewImages(context.Background(), train, valid, test)
	require.NoError(t, err)
	return images
}

func newTraining(t require.TestingT, plan *network.Plan, images *oracle.Images, r oracle.Recipe, seed uint64) *oracle.Training {
	training, err := oracle.NewTraining(plan, images, r, oracle.Options{Seed: seed})
	require.NoError(t, err)
	return training
}
