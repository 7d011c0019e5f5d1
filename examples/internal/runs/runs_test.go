package runs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/examples/internal/runs"
)

type run struct {
	Name  string `json:"name"`
	Seeds int    `json:"seeds"`
}

func fresh() run { return run{Seeds: 7} }

// Of many records written at once, each is a line. A last line that is incomplete is cut off, and the file goes on behind it.
func TestWhatIsWrittenIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.jsonl")
	all, err := runs.Read(path, fresh)
	require.NoError(t, err)
	assert.Empty(t, all, "there is no file yet")
	file, err := runs.Open(path)
	require.NoError(t, err)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() { assert.NoError(t, file.Append(run{fmt.Sprint(i), i})) })
	}
	group.Wait()
	require.NoError(t, file.Close())
	require.Error(t, file.Append(run{}), "it is closed")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(text, `{"name": "half`...), 0o666))
	all, err = runs.Read(path, fresh)
	require.NoError(t, err)
	seeds := map[int]bool{}
	for _, r := range all {
		assert.Equal(t, fmt.Sprint(r.Seeds), r.Name)
		seeds[r.Seeds] = true
	}
	assert.Len(t, seeds, 20)
	again, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, text, again)
}

func TestFieldsOfEarlierVersionsAreFresh(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.jsonl")
	require.NoError(t, os.WriteFile(path, []byte("{\"name\": \"a\"}\n{\"name\": \"b\", \"seeds\": 1}\n"), 0o666))
	all, err := runs.Read(path, fresh)
	require.NoError(t, err)
	assert.Equal(t, []run{{"a", 7}, {"b", 1}}, all)
}

func TestFilesThatAreWrong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.jsonl")
	require.NoError(t, os.WriteFile(path, []byte("{}\nrubbish\n{}\n"), 0o666))
	_, err := runs.Read(path, fresh)
	require.ErrorContains(t, err, "runs.jsonl: line 2: ")
	_, err = runs.Read(filepath.Dir(path), fresh)
	require.Error(t, err)
	_, err = runs.Open(filepath.Dir(path))
	require.Error(t, err)
}
