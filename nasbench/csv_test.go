package nasbench_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

const (
	skips = "|skip_connect~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|"
	convs = "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|"
	pools = "|avg_pool_3x3~0|+|none~0|none~1|+|none~0|none~1|avg_pool_3x3~2|"
)

// figures of three cells; that of pools is not recorded in test, nothing at all in empty.
const small = "valid,arch,test,empty\n" +
	"61.5," + skips + ",70,\n" +
	"83.25," + convs + ",90,\n" +
	"83.25," + pools + ",,\n"

func read(t *testing.T, text string) *nasbench.Table {
	t.Helper()
	table, err := nasbench.ReadCSV(strings.NewReader(text), "small.csv", searchspace.NASBench201{})
	require.NoError(t, err)
	return table
}

func cell(t *testing.T, text string) searchspace.Arch {
	t.Helper()
	a, err := searchspace.NASBench201{}.Parse(text)
	require.NoError(t, err)
	return a
}

func TestBadTables(t *testing.T) {
	for name, bad := range map[string]struct {
		text    string
		message string
		invalid bool // the error wraps searchspace.ErrInvalid
	}{
		"empty file":          {"", "bad.csv: the file is empty", false},
		"header alone":        {"arch,x\n", "bad.csv: no architecture follows the header", false},
		"no column arch":      {"cell,x\n" + skips + ",1\n", `bad.csv: no column is named "arch", but ["cell" "x"]`, false},
		"column twice":        {"x,arch,x\n1," + skips + ",1\n", `bad.csv: line 1, column "x": the column stands twice`, false},
		"arch twice":          {"arch,arch\n", `bad.csv: line 1, column "arch": the column stands twice`, false},
		"header out of quote": {"ar\"ch,x\n", "bad.csv: parse error on line 1", false},
		"architecture twice": {
			"arch,x\n" + skips + ",1\n" + convs + ",2\n" + skips + ",3\n",
			`bad.csv: line 4, column "arch": the architecture [; <0:skip_connect; ; <2:skip_connect] stands on line 2 already`, false},
		"architecture twice, once as JSON": {
			"arch,x\n" + skips + ",1\n" +
				`"{""parts"":[{""name"":""cell"",""nodes"":4,""edges"":[` +
				`{""from"":0,""to"":1,""op"":""skip_connect""},{""from"":2,""to"":3,""op"":""skip_connect""}]}]}",1` + "\n",
			`bad.csv: line 3, column "arch": the architecture`, false},
		"malformed architecture": {"arch,x\n|skip_connect~0|,1\n", `bad.csv: line 2, column "arch": nasbench201:`, true},
		"no architecture":        {"arch,x\n,1\n", `bad.csv: line 2, column "arch": nasbench201:`, true},
		"malformed JSON":         {"x,arch\n1,{]\n", `bad.csv: line 2, column "arch": invalid character`, false},
		"not in the space": {
			"x,arch\n1," + `"{""parts"":[{""name"":""cell"",""nodes"":3,""edges"":[]}]}"` + "\n",
			`bad.csv: line 2, column "arch": nasbench201:`, true},
		"no number":     {"arch,x\n" + skips + ",high\n", `bad.csv: line 2, column "x": "high" is not a finite number`, false},
		"space":         {"arch,x\n" + skips + ", 1\n", `bad.csv: line 2, column "x": " 1" is not a finite number`, false},
		"NaN":           {"arch,x\n" + skips + ",NaN\n", `bad.csv: line 2, column "x": "NaN" is not a finite number`, false},
		"infinite":      {"arch,x\n" + skips + ",-inf\n", `bad.csv: line 2, column "x": "-inf" is not a finite number`, false},
		"too large":     {"arch,x\n" + skips + ",1e999\n", `bad.csv: line 2, column "x": "1e999" is not a finite number`, false},
		"row too short": {"arch,x\n" + skips + ",1\n" + convs + "\n", "bad.csv: record on line 3: wrong number of fields", false},
		"row too long":  {"arch,x\n" + skips + ",1,2\n", "bad.csv: record on line 2: wrong number of fields", false},
		"line by its number in the file": {
			"\narch,x\n\n" + skips + ",\n\n" + convs + ",high\n", `bad.csv: line 6, column "x"`, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := nasbench.ReadCSV(strings.NewReader(bad.text), "bad.csv", searchspace.NASBench201{})
			require.ErrorContains(t, err, bad.message)
			assert.Equal(t, bad.invalid, errors.Is(err, searchspace.ErrInvalid))
		})
	}
}

func TestReadingFails(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, before := range []string{"", "arch,x\n" + skips + ",1\n"} {
		r := readerThatFails{strings.NewReader(before), broken}
		_, err := nasbench.ReadCSV(r, "bad.csv", searchspace.NASBench201{})
		assert.ErrorIs(t, err, broken)
		assert.ErrorContains(t, err, "bad.csv")
	}
}

// readerThatFails gives an error where the text ends.
type readerThatFails struct {
	text *strings.Reader
	err  error
}

func (r readerThatFails) Read(p []byte) (int, error) {
	if r.text.Len() == 0 {
		return 0, r.err
	}
	return r.text.Read(p)
}

func TestOpenCSV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "small.csv")
	_, err := nasbench.OpenCSV(path, searchspace.NASBench201{})
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, err, path)

	require.NoError(t, os.WriteFile(path, []byte(small), 0o600))
	table, err := nasbench.OpenCSV(path, searchspace.NASBench201{})
	require.NoError(t, err)
	assert.Equal(t, 3, table.Len())
}

func TestByteOrderMarkAndCRLF(t *testing.T) {
	table := read(t, "\ufeffarch,x\r\n"+skips+",1\r\n")
	assert.Equal(t, []string{"x"}, table.Columns())
	assert.Equal(t, 1, table.Len())
}

func TestSpaceWithoutNotationReadsJSON(t *testing.T) {
	space, err := searchspace.New("pair", []searchspace.Part{{Name: "pair", MaxNodes: 2}})
	require.NoError(t, err)
	table, err := nasbench.ReadCSV(strings.NewReader("arch,x\n"+
		`"{""parts"":[{""name"":""pair"",""nodes"":2,""edges"":[]}]}",1`+"\n"+
		`"{""parts"":[{""name"":""pair"",""nodes"":2,""edges"":[{""from"":0,""to"":1}]}]}",2`+"\n"), "pair.csv", space)
	require.NoError(t, err)
	for a := range table.Archs() {
		v, err := table.Value(a, "x")
		require.NoError(t, err)
		assert.Equal(t, float64(1+a.Part(0).NumEdges()), v)
	}
	_, err = nasbench.ReadCSV(strings.NewReader("arch,x\npair 1,1\n"), "pair.csv", space)
	assert.ErrorContains(t, err, `pair.csv: line 2, column "arch"`)
}

func FuzzReadCSV(f *testing.F) {
	for _, seed := range []string{
		small,
		"arch\n" + skips + "\n",
		"arch,x\n" + skips + ",NaN\n",
		"arch,x,x\n",
		"\"arch\",\"x\"\n\"" + convs + "\",1e3\n",
		`arch` + "\n" + `"{""parts"":[{""name"":""cell"",""nodes"":4,""edges"":[{""from"":0,""to"":1,""op"":""skip_connect""}]}]}"`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		table, err := nasbench.ReadCSV(strings.NewReader(text), "fuzz.csv", searchspace.NASBench201{})
		if err != nil {
			assert.ErrorContains(t, err, "fuzz.csv")
			return
		}
		archs := slices.Collect(table.Archs())
		require.Len(t, archs, table.Len())
		require.NotEmpty(t, archs)
		for _, a := range archs {
			require.NoError(t, table.Space().Validate(a))
			for _, column := range table.Columns() {
				v, err := table.Value(a, column)
				require.False(t, math.IsNaN(v) || math.IsInf(v, 0))
				if err != nil {
					require.ErrorIs(t, err, nasbench.ErrNotRecorded)
				}
			}
		}
	})
}
