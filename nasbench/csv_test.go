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

// small contains figures of three cells. The figure of pools in test is not recorded, nor any figure in empty.
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
		"comments alone":      {"# nothing\n#", "bad.csv: the file is empty", false},
		"header alone":        {"arch,x\n", "bad.csv: there are no rows after the header", false},
		"blank rows alone":    {"arch,x\n,\n , \n", "bad.csv: there are no rows after the header", false},
		"header out of quote": {"ar\"ch,x\n", "bad.csv: parse error on line 1", false},
		"arch twice":          {"arch,arch\n", `bad.csv: two columns are named "arch"`, false},
		"architecture twice": {
			"arch,x\n" + skips + ",1\n" + convs + ",2\n" + skips + ",3\n",
			`bad.csv: line 4, column "arch": the architecture ` + skips + ` is already on line 2; ` +
				`a table has each architecture once, so choose one data set or take means over seeds first`, false},
		"architecture twice, once as JSON": {
			"arch,x\n" + skips + ",1\n" +
				`"{""parts"":[{""name"":""cell"",""nodes"":4,""edges"":[` +
				`{""from"":0,""to"":1,""op"":""skip_connect""},{""from"":2,""to"":3,""op"":""skip_connect""}]}]}",1` + "\n",
			`bad.csv: line 3, column "arch": the architecture ` + skips + ` is already on line 2`, false},
		"malformed architecture": {"arch,x\n|skip_connect~0|,1\n", `bad.csv: line 2, column "arch": nasbench201:`, true},
		"no architecture": {
			"arch,x\n,1\n", `bad.csv: line 2, column "arch": nasbench201: invalid architecture: the architecture is missing`, true},
		"malformed JSON": {"x,arch\n1,{]\n", `bad.csv: line 2, column "arch": nasbench201: invalid architecture: "{]"`, true},
		"not in the space": {
			"x,arch\n1," + `"{""parts"":[{""name"":""cell"",""nodes"":3,""edges"":[]}]}"` + "\n",
			`bad.csv: line 2, column "arch": nasbench201:`, true},
		"operation of another space": {"arch\n" + strings.Replace(skips, "skip_connect", "conv3x3", 1) + "\n",
			`unknown operation "conv3x3"`, true},
		"index": {"arch,x\n17,1\n", "17 is a number, not an architecture; if it is an index of NATS-Bench, " +
			"write the result of its api.arch(17)", true},
		"hash": {"arch,x\nc2fdfa8fd144d4edce2b19d72179ced8,1\n",
			"c2fdfa8fd144d4edce2b19d72179ced8 is a hash, from which the architecture cannot be computed", true},
		"row too short": {"arch,x\n" + skips + ",1\n" + convs + "\n",
			"bad.csv: line 3 has 1 fields, but the header has 2", false},
		"row too long": {"arch,x\n" + skips + ",84,5\n",
			"bad.csv: line 2 has 3 fields, but the header has 2; numbers must have decimal points, " +
				"text with commas must be in quotes, and row names need a column in the header", false},
		"line by its number in the file": {
			"\ufeff\n# made by hand\n\narch,x\n\n" + skips + ",\n\n" + convs[1:] + ",1\n", `bad.csv: line 8, column "arch"`, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := nasbench.ReadCSV(strings.NewReader(bad.text), "bad.csv", searchspace.NASBench201{})
			require.ErrorContains(t, err, bad.message)
			if bad.invalid {
				assert.ErrorIs(t, err, searchspace.ErrInvalid)
			}
		})
	}
}

func TestFilesWithoutArchitectures(t *testing.T) {
	for header, message := range map[string]string{
		"x,y":                  `no column is named "arch", but ["x" "y"]`,
		"Arch,x":               `no column is named "arch"; did you mean "Arch"? Rename it to "arch"`,
		"arch_str,x":           `did you mean "arch_str"? Rename it to "arch"`,
		"x,architecture,model": `did you mean "architecture" or "model"? Rename it to "arch"`,
		skips + ",1":           `the first line contains an architecture, but it must name the columns, one of which must be "arch"`,
		"# arch,x\n" + skips:   `the comment "# arch,x" looks like the header: remove the # before it`,
		"module_hash,x":        `no column is named "arch", but ["module_hash" "x"]: an architecture cannot be computed from its hash`,
		"arch;x":               `the columns are separated by semicolons; write commas between columns and decimal points in numbers`,
		"cell;x":               `the columns are separated by semicolons`,
		"\"x\";\"arch\"":       `the columns are separated by semicolons`,
		"a\tarchitecture":      `did you mean "architecture"?`,
		"\xff\xfea\x00r\x00":   `the text is in UTF-16; write it in UTF-8`,
		"\xfe\xff\x00a\x00r":   `the text is in UTF-16; write it in UTF-8`,
		"a\x00r\x00c\x00h\x00": `the file is neither text in UTF-8 nor in Parquet`,
		`[{"arch": "x"}]`:      `the file is in JSON; write it as CSV or Parquet`,
		` {"arch": "x"}`:       `the file is in JSON; write it as CSV or Parquet`,
		"arch x":               `no column is named "arch", but ["arch x"]; commas or tabs must separate columns`,
		"arch|x":               `no column is named "arch", but ["arch|x"]; commas or tabs must separate columns`,
		"PK\x03\x04":           `the file is a zip archive, like an Excel workbook`,
		"PAR1":                 `the file is in Parquet, not in CSV`,
		"\x1f\x8b\x08":         `decompressing: unexpected EOF`,
	} {
		_, err := nasbench.ReadCSV(strings.NewReader(header+"\n"+skips+",1\n"), "bad.csv", searchspace.NASBench201{})
		assert.ErrorContains(t, err, "bad.csv: ")
		assert.ErrorContains(t, err, message, header)
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

// readerThatFails returns an error at the end of the text.
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
		"arch,x\n" + skips + ",1e3\n" + skips + ",1e3\n",
		"\ufeff\"arch\",\"x\"\r\n\"" + convs + "\",1e3\r\n",
		"# comment\r,arch, x \r0, " + convs + " ,9007199254740993\r,,\r",
		"sep=\t\narch\tx\n" + convs + "\t84,5\n",
		"arch;x\n" + convs + ";1\n",
		"arch,x\n{'parts': []},84.5%\n17,1\n",
		"trial,group,source,log_prob,value,best,cost_seconds,arch,error\n0,0,a,,1,1,0," + skips + ",\n1,0,a,,,1,0," + skips + ",failed\n",
		"module_adjacency,module_operations\n\"[[0, 1], [0, 0]]\",\"['input', 'output']\"\n",
		compressed("gzip", small), compressed("bzip2", small), compressed("zstd", small),
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
		for _, c := range table.Skipped() {
			_, err := table.Evaluator(c.Name)
			require.ErrorIs(t, err, nasbench.ErrNotNumeric)
			require.NotEmpty(t, c.Reason)
		}
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
