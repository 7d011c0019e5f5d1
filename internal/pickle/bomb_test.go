package pickle_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/graphpnas/graphpnas/internal/limit"
	"github.com/graphpnas/graphpnas/internal/pickle"
	"github.com/graphpnas/graphpnas/internal/race"
)

// A compressed pickle may be hundreds of times as long as its file. The memory of the check is
// limited by the length of the file too.
func TestBombs(t *testing.T) {
	const file = 1 << 16 // length of the file in bytes
	for name, bomb := range map[string]struct {
		begin, piece string
		times        int
		end          string
		refused      bool
	}{
		"memo":      {"\x80\x04N", "\x94", 1 << 24, ".", true},
		"series":    {"\x80\x04]", "}(K\x01G\x00\x00\x00\x00\x00\x00\x00\x00ua", 1 << 16, ".", true},
		"parts":     {"\x80\x04}(\x8c\x05split}(", "K\x01N", 1 << 11, "uu.", false},
		"fetches":   {"\x80\x04}\x94(\x8c\x05split}(K\x01](", "h\x00", 1 << 15, "euu.", false},
		"lists":     {"\x80\x04]", "]a", 1 << 20, ".", true},
		"one split": {"\x80\x04}(\x8c\x05split}(K\x01]", "]a", 1 << 20, "uu.", true},
	} {
		if race.Enabled && bomb.times > 1<<20 {
			continue // too slow
		}
		t.Run(name, func(t *testing.T) {
			open := func() (io.ReadCloser, error) {
				readers := []io.Reader{strings.NewReader(bomb.begin)}
				const most = 1 << 12
				for left := bomb.times; left > 0; left -= most {
					readers = append(readers, strings.NewReader(many(min(left, most), bomb.piece)))
				}
				return io.NopCloser(io.MultiReader(append(readers, strings.NewReader(bomb.end))...)), nil
			}
			options := pickle.Options{
				Limits: pickle.Limits{Size: 1 << 30, Memory: 1 << 40, File: file}, Split: "split",
				Each: func(any, any) (any, error) { return nil, nil },
			}
			var err error
			assert.Less(t, int64(allocates(func() { _, err = pickle.Load(open, options) })), limit.Memory(file))
			if !bomb.refused {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, "memory")
			assert.LessOrEqual(t, len(err.Error()), 1000)
		})
	}
}
