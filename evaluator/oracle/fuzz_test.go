package oracle_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/searchspace"
)

// FuzzLoad checks that every checkpoint is either rejected, or saved again unchanged.
func FuzzLoad(f *testing.F) {
	images := fewDigits(f)
	design := network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
		x := b.BatchNorm("norm", b.Conv("conv", b.Images(), 1, network.Kernel{Size: 3}))
		return b.Linear("head", b.GlobalAvgPool(x), b.Classes()), nil
	})
	training := newTraining(f, planOf(f, design, light, images), images, oracle.Recipe{Epochs: 2}, 0)
	file := save(f, training)
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add(bytes.Replace(file, []byte(`\"Epoch\":0`), []byte(`\"Epoch\":1`), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := training.Load(bytes.NewReader(data)); err != nil {
			require.True(t, errors.Is(err, oracle.ErrFormat) || errors.Is(err, oracle.ErrOtherTraining), "%v", err)
			return
		}
		require.NoError(t, training.Load(bytes.NewReader(save(t, training))))
	})
}
