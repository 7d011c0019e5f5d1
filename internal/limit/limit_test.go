package limit_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/limit"
)

func TestMemory(t *testing.T) {
	assert.EqualValues(t, 64<<20, limit.Memory(0))
	assert.EqualValues(t, 64<<20, limit.Memory(-1))
	assert.EqualValues(t, 80<<20, limit.Memory(1<<20))
	assert.EqualValues(t, 40<<20, limit.Live(1<<20))
	assert.Positive(t, limit.Memory(math.MaxInt64>>5))
}

func TestErrorsAreShort(t *testing.T) {
	cause := errors.New("the cause")
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Repeat(rapid.StringN(1, 20, -1).Draw(t, "piece"), rapid.IntRange(1, 300).Draw(t, "pieces"))
		err := fmt.Errorf("begin %s%w", text, cause)
		short := limit.Error(err)
		require.ErrorIs(t, short, cause)
		require.LessOrEqual(t, len(short.Error()), 1000)
		if len(err.Error()) <= 1000 {
			require.Equal(t, err, short)
			return
		}
		require.True(t, strings.HasPrefix(short.Error(), "begin "))
		require.True(t, strings.HasSuffix(short.Error(), "the cause"))
		require.Equal(t, utf8.ValidString(text), utf8.ValidString(short.Error()))
	})
	assert.NoError(t, limit.Error(nil))
}
