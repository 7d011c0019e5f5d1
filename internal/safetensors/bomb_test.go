package safetensors_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/limit"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/internal/safetensors"
)

// The memory for a header is limited, however much its JSON would need.
func TestBombs(t *testing.T) {
	fields := func(n int, value string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"%x":%s,`, i, value)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	many, long := 400_000, 4<<20
	if race.Enabled {
		many, long = 70_000, 1<<16
	}
	for name, bomb := range map[string]struct{ header, message string }{
		"empty tensors":  {"{" + fields(many, "{}") + "}", "more than 65536 tensors"},
		"metadata":       {`{"__metadata__":{` + fields(many, `""`) + "}}", "more than 65536 values"},
		"long shape":     {`{"a":{"shape":[` + strings.Repeat("0,", long) + `0]}}`, "must have at most 4096 bytes"},
		"long name":      {`{"` + strings.Repeat("n", long) + `":1}`, "cannot unmarshal number"},
		"wrong metadata": {`{"__metadata__":{"a":[` + strings.Repeat(`"m",`, long/2) + `0]}}`, "expected a string, got ["},
		"list":           {strings.Repeat("[", long), "expected an object, got ["},
		"nested":         {`{"a":` + strings.Repeat("[", long), "exceeded max depth"},
		"two headers":    {"{}{}", "there must be nothing after"},
	} {
		t.Run(name, func(t *testing.T) {
			file := binary.LittleEndian.AppendUint64(nil, uint64(len(bomb.header)))
			file = append(file, bomb.header...)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := safetensors.Read(bytes.NewReader(file))
			runtime.ReadMemStats(&after)
			require.ErrorIs(t, err, safetensors.ErrFormat)
			assert.ErrorContains(t, err, bomb.message)
			assert.LessOrEqual(t, len(err.Error()), 1000)
			assert.Less(t, int64(after.TotalAlloc-before.TotalAlloc), limit.Memory(int64(len(file))))
		})
	}
}
