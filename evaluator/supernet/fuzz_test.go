package supernet_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/supernet"
)

// FuzzLoad checks that every file is either rejected without a change to the supernet, or saved again unchanged.
func FuzzLoad(f *testing.F) {
	c := config(f, digits(f, 16))
	c.Design = network.ENASMacro{Channels: 1, Shared: true}
	cover, err := supernet.ENASCover(1) // each layer has many tensors, and reading their names takes most of the time
	require.NoError(f, err)
	c.Cover = cover
	s := create(f, c)
	save := func(t testing.TB) []byte {
		var file bytes.Buffer
		require.NoError(t, s.Save(&file))
		return file.Bytes()
	}
	file := save(f)
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add(bytes.Replace(file, []byte(`"steps":"0"`), []byte(`"steps":"1"`), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		err := s.Load(bytes.NewReader(data))
		if err != nil {
			require.ErrorIs(t, err, supernet.ErrFormat)
			return
		}
		require.NoError(t, s.Load(bytes.NewReader(save(t))))
	})
}
