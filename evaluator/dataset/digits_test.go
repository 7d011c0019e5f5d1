package dataset_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
)

func TestDigits(t *testing.T) {
	d, err := dataset.Digits()
	require.NoError(t, err)
	assert.Equal(t, dataset.Shape{Channels: 1, Height: 8, Width: 8}, d.Train.Shape())
	assert.Len(t, d.Classes, 10)
	// The counts of the test part, from https://archive.ics.uci.edu/dataset/80.
	assert.Equal(t, []int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}, d.Train.Counts())
	assert.Equal(t, 1797, d.Train.Len())
	assert.Zero(t, d.Test.Len())
	assert.Equal(t, 0, d.Train.Labels()[0])
	assert.Equal(t, []uint8{0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0}, read(t, d.Train, 0)[:16])
}

// writeDigits returns a set in the format of its file.
func writeDigits(t require.TestingT, s *dataset.Set) []byte {
	var file bytes.Buffer
	for i, label := range s.Labels() {
		for _, p := range read(t, s, i) {
			file.WriteString(strconv.Itoa(int(p)) + ",")
		}
		file.WriteString(strconv.Itoa(label) + "\n")
	}
	return file.Bytes()
}

func TestBadDigits(t *testing.T) {
	row := strings.Repeat("1,", 64)
	for name, c := range map[string]struct{ text, says string }{
		"nothing":     {"", "digits: the set has no images"},
		"label":       {row + "1\n" + row + "10\n", `digits: line 2: number 65 must be from 0 to 9, got "10"`},
		"pixel":       {"17," + row[2:] + "1\n", `digits: line 1: number 1 must be from 0 to 16, got "17"`},
		"no number":   {"-1," + row[2:] + "1\n", `digits: line 1: number 1 must be from 0 to 16, got "-1"`},
		"too short":   {row + "1\n" + row[2:] + "1\n", "digits: record on line 2: wrong number of fields"},
		"a cut quote": {`"1` + row, "digits: "},
	} {
		set, err := dataset.ReadDigits(strings.NewReader(c.text), "digits")
		assert.ErrorContains(t, err, c.says, name)
		assert.Nil(t, set)
	}
	_, err := dataset.ReadDigits(iotest.ErrReader(assert.AnError), "digits")
	assert.ErrorIs(t, err, assert.AnError)
}

func FuzzDigits(f *testing.F) {
	d, err := dataset.Digits()
	require.NoError(f, err)
	few, err := d.Train.Subset([]int{0, 1})
	require.NoError(f, err)
	f.Add(writeDigits(f, few))
	f.Fuzz(func(t *testing.T, file []byte) {
		set, err := dataset.ReadDigits(bytes.NewReader(file), "digits")
		if err != nil {
			require.Nil(t, set)
			require.ErrorContains(t, err, "digits: ")
			return
		}
		require.Positive(t, set.Len())
		again, err := dataset.ReadDigits(bytes.NewReader(writeDigits(t, set)), "digits")
		require.NoError(t, err)
		requireSameSet(t, set, again)
	})
}
