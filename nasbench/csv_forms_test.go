package nasbench_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// smallBzip2 is small compressed with bzip2, which the standard library cannot write.
const smallBzip2 = "QlpoOTFBWSZTWQvaOgoAAF5bgAAQAA174AAAru/dZSAAlQSkmg0aaAANDEEkSj1PTSeo8SAA09TWC/CiO6v96UVDfauEFmFUZXNAwHI26WYbzJSoER4ujYnaDzyBTxMCMPbfiRIi1gsRLhEYHBSCo5Q4GImUjKfGeZmXkegtqva6qb4FsFCDNEjQE7t/F3JFOFCQC9o6Cg=="

// compressed returns a text in one of the supported compression formats. bzip2 works only for small.
func compressed(how, text string) string {
	var data bytes.Buffer
	switch how {
	case "gzip":
		w := gzip.NewWriter(&data)
		fmt.Fprint(w, text)
		_ = w.Close()
	case "zstd":
		w, _ := zstd.NewWriter(&data)
		fmt.Fprint(w, text)
		_ = w.Close()
	case "bzip2":
		decoded, _ := base64.StdEncoding.DecodeString(smallBzip2)
		data.Write(decoded)
	}
	return data.String()
}

// Small is read correctly in every variant in which programs write it.
func TestFormsOfCSV(t *testing.T) {
	quoted := `"valid","arch","test","empty"` + "\n" +
		`"61.5","` + skips + `","70",""` + "\n" + `"83.25","` + convs + `","90",""` + "\n" + `"83.25","` + pools + `","",""` + "\n"
	lines := strings.Split(strings.TrimSuffix(small, "\n"), "\n")
	for name, text := range map[string]string{
		"as it is":                      small,
		"no newline at the end":         strings.TrimSuffix(small, "\n"),
		"byte order mark":               "\ufeff" + small,
		"byte order mark before quotes": "\ufeff" + quoted,
		"quoted":                        quoted,
		"CRLF":                          strings.ReplaceAll(small, "\n", "\r\n"),
		"CR alone":                      strings.ReplaceAll(small, "\n", "\r"),
		"CR CR LF":                      strings.ReplaceAll(small, "\n", "\r\r\n"),
		"tabs":                          strings.ReplaceAll(small, ",", "\t"),
		"tabs and CRLF":                 strings.NewReplacer(",", "\t", "\n", "\r\n").Replace(small),
		"quoted, tabs":                  strings.ReplaceAll(quoted, ",", "\t"),
		"space after commas":            strings.ReplaceAll(small, ",", ", "),
		"space around commas":           strings.ReplaceAll(small, ",", " , "),
		"space before quotes":           strings.ReplaceAll(quoted, ",", ", "),
		"spaces in quotes":              strings.ReplaceAll(quoted, `"|`, `" |`),
		"blank lines":                   "\n" + strings.ReplaceAll(small, "\n", "\n\n"),
		"blank rows":                    strings.ReplaceAll(small, "\n", "\n,,,\n") + " , ,,\n",
		"blank rows before the header":  ",,,\n,,,\n" + small,
		"comments":                      "# exported by hand\n#\n\n#" + strings.Repeat("long ", 100_000) + "\n" + small,
		"Excel's line":                  "sep=,\r\n" + strings.ReplaceAll(small, "\n", "\r\n"),
		"commas at the end":             strings.ReplaceAll(small, "\n", ",,\n"),
		"commas at the end of rows":     lines[0] + "\n" + strings.Join(lines[1:], ",,\n") + ",,\n",
		"gzip":                          compressed("gzip", small),
		"gzip in two parts":             compressed("gzip", small[:50]) + compressed("gzip", small[50:]),
		"gzip and byte order mark":      compressed("gzip", "\ufeff"+quoted),
		"Zstandard":                     compressed("zstd", small),
		"bzip2":                         compressed("bzip2", small),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "small.csv")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			table, err := nasbench.Open(path, searchspace.NASBench201{})
			require.NoError(t, err)
			requireSameTable(t, read(t, small), table)
			assert.Empty(t, table.Skipped())
		})
	}
}

func TestColumnsWithoutANameAreSkipped(t *testing.T) {
	table := read(t, ",arch,x,,\n0,"+skips+",7,,\n1,"+convs+",8,,\n")
	assert.Equal(t, []string{"x"}, table.Columns())
	assert.Equal(t, []nasbench.SkippedColumn{{Name: "", Reason: "it has no name"}}, table.Skipped(), "the others are blank")
	var written bytes.Buffer
	require.NoError(t, table.WriteCSV(&written))
	assert.Equal(t, "arch,x\n"+skips+",7\n"+convs+",8\n", written.String())
}

func TestCellsThatAreNotRecorded(t *testing.T) {
	for _, missing := range []string{
		"", " ", "NaN", "nan", "NAN", "-nan", "NA", "N/A", "n/a", "#N/A", "<NA>", "null", "NULL", "None", "none", "nil", "NaT", `\N`, "missing", "?",
		"inf", "-inf", "+inf", "Inf", "Infinity", "-Infinity", "INF", "1.#INF", "-1.#IND", "1.#QNAN",
	} {
		table := read(t, "arch,x,y\n"+skips+","+missing+",1\n"+convs+",2,"+missing+"\n")
		assert.Equal(t, []string{"x", "y"}, table.Columns(), missing)
		for column, of := range map[string]string{"x": skips, "y": convs} {
			_, err := table.Value(cell(t, of), column)
			assert.ErrorIs(t, err, nasbench.ErrNotRecorded, missing)
		}
		v, err := table.Value(cell(t, convs), "x")
		require.NoError(t, err)
		assert.Equal(t, 2.0, v, missing)
	}
}

func TestColumnsThatAreNotNumeric(t *testing.T) {
	for text, reason := range map[string]string{
		"high":                  `line 3: "high" is not a number`,
		"0x1p4":                 `line 3: "0x1p4" is not a number`,
		"True":                  `line 3: "True" is not a number`,
		"2024-01-02":            `line 3: "2024-01-02" is not a number`,
		`"[1, 2]"`:              `line 3: "[1, 2]" is not a number`,
		"84.5%":                 `line 3: "84.5%" is not a number; write it without the percent sign: 84.5`,
		"84.5 %":                `line 3: "84.5 %" is not a number; write it without the percent sign: 84.5`,
		`"1,073,466"`:           `line 3: "1,073,466" is not a number; write it without thousands separators`,
		`"1,073,466.5"`:         `line 3: "1,073,466.5" is not a number; write it without thousands separators`,
		"1 073 466":             `line 3: "1 073 466" is not a number; write it without thousands separators`,
		"1'073'466":             `line 3: "1'073'466" is not a number; write it without thousands separators`,
		`"73,306"`:              `line 3: "73,306" is not a number; write it without thousands separators, 73306, or with a decimal point, 73.306`,
		`"84,5"`:                `line 3: "84,5" is not a number; write it with a decimal point: 84.5`,
		`"-1.084,25"`:           `line 3: "-1.084,25" is not a number; write it with a decimal point: -1084.25`,
		"1e999":                 `line 3: "1e999" is outside the range of 64-bit floating-point numbers`,
		strings.Repeat("ä", 90): `line 3: "` + strings.Repeat("ä", 20) + `…" is not a number`,
		"9007199254740993":      `line 3: 9007199254740993 is an integer beyond 2^53, which a 64-bit`,
		"-9007199254740993":     `line 3: -9007199254740993 is an integer beyond 2^53`,
		"18446744073709551616":  `line 3: 18446744073709551616 is an integer beyond 2^53`,
	} {
		table := read(t, "arch,x,y\n"+skips+",1,2\n"+convs+","+text+",3\n"+pools+",low,4\n")
		assert.Equal(t, []string{"y"}, table.Columns())
		require.Len(t, table.Skipped(), 1)
		assert.Equal(t, "x", table.Skipped()[0].Name)
		assert.Contains(t, table.Skipped()[0].Reason, reason)
		_, err := table.Evaluator("y", "x")
		assert.ErrorIs(t, err, nasbench.ErrNotNumeric)
		assert.ErrorContains(t, err, `small.csv: column "x" is not numeric: `+reason)
		_, err = table.Value(cell(t, skips), "x")
		assert.ErrorIs(t, err, nasbench.ErrNotNumeric)
		_, _, err = table.Best("x")
		assert.ErrorIs(t, err, nasbench.ErrNotNumeric)
		_, err = table.Rank("x", 1)
		assert.ErrorIs(t, err, nasbench.ErrNotNumeric)
		_, err = table.WithCost("x")
		assert.ErrorIs(t, err, nasbench.ErrNotNumeric)
		_, err = table.Evaluator("y")
		assert.NoError(t, err)
	}
}

func TestExactIntegersAreNumbers(t *testing.T) {
	for text, want := range map[string]float64{
		"9007199254740992": 1 << 53, "-9007199254740992": -1 << 53, "+007": 7, "1e20": 1e20, "123456789012345680000.0": 123456789012345680000,
	} {
		v, err := read(t, "arch,x\n"+skips+","+text+"\n").Value(cell(t, skips), "x")
		require.NoError(t, err)
		assert.Equal(t, want, v)
	}
}

func TestColumnsWithTheSameNameAreSkipped(t *testing.T) {
	table := read(t, "x,arch,y,x\n1,"+skips+",2,3\n")
	assert.Equal(t, []string{"y"}, table.Columns())
	_, err := table.Evaluator("x")
	assert.ErrorIs(t, err, nasbench.ErrNotNumeric)
	assert.ErrorContains(t, err, "several columns have this name")
}

// csvTable is a table that is written as CSV in a random variant.
type csvTable struct {
	header  []string
	archs   []string
	figures map[string][]float64 // NaN if not recorded
	cells   map[string][]string  // cells of the other columns
}

func anyCSVTable(t *rapid.T) csvTable {
	rows := rapid.IntRange(1, 30).Draw(t, "rows")
	table := csvTable{figures: map[string][]float64{}, cells: map[string][]string{}}
	all := firstOf(searchspace.NASBench201{}, (searchspace.NASBench201{}).All(), 60)
	for _, a := range rapid.Permutation(all).Draw(t, "architectures")[:rows] {
		table.archs = append(table.archs, searchspace.NASBench201{}.Format(a))
	}
	number := rapid.OneOf(rapid.Float64(), rapid.Float64Range(0, 100), rapid.Just(math.NaN()), rapid.Just(math.Inf(-1)))
	for i, name := range rapid.SliceOfNDistinct(anyColumnName, 0, 4, rapid.ID).Draw(t, "columns") {
		if name == "arch" {
			continue
		}
		table.header = append(table.header, name)
		if i%2 == 0 {
			table.figures[name] = rapid.SliceOfN(number, rows, rows).Draw(t, "figures")
			continue
		}
		table.cells[name] = rapid.SliceOfN(rapid.StringMatching(`[a-z ",;%\n0-9é-]{0,9}`), rows, rows).Draw(t, "texts")
		table.cells[name][rapid.IntRange(0, rows-1).Draw(t, "row")] = "no number"
	}
	table.header = append(rapid.Permutation(table.header).Draw(t, "order"), "")
	table.header = append(table.header, "")
	copy(table.header[1:], table.header)
	table.header[0] = "" // an index column
	at := rapid.IntRange(0, len(table.header)).Draw(t, "place of arch")
	table.header = append(table.header[:at:at], append([]string{"arch"}, table.header[at:]...)...)
	return table
}

// notRecorded draws a text for a figure that is not recorded.
var notRecorded = rapid.SampledFrom([]string{"", "NaN", "nan", "NA", "N/A", "null", "NULL", "None", "inf", "-Infinity", "<NA>"})

// cell returns a cell of the table.
func (c csvTable) cell(t *rapid.T, column, row int) string {
	name := c.header[column]
	switch {
	case name == "arch":
		return c.archs[row]
	case name == "" && column < 2:
		return strconv.Itoa(row)
	case c.cells[name] != nil:
		return c.cells[name][row]
	case name == "":
		return ""
	}
	v := c.figures[name][row]
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return notRecorded.Draw(t, "not recorded")
	}
	text := strconv.FormatFloat(v, rapid.SampledFrom([]byte("eg")).Draw(t, "format"), -1, 64)
	if exact, accuracy := big.NewFloat(v).Int64(); accuracy == big.Exact && exact < 1<<53 && exact > -1<<53 {
		text = strconv.FormatInt(exact, 10)
	}
	return text
}

// written returns the table in a random variant of CSV.
func (c csvTable) written(t *rapid.T) string {
	comma := rapid.SampledFrom([]string{",", ",", "\t"}).Draw(t, "comma")
	end := rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "end of lines")
	always := rapid.Bool().Draw(t, "quote all")
	space := ""
	if comma == "," {
		space = rapid.SampledFrom([]string{"", " "}).Draw(t, "space")
	}
	quoted := func(cell string) string {
		if always || strings.ContainsAny(cell, "\"\r\n\t,") || strings.TrimSpace(cell) != cell {
			return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		return cell
	}
	lines := []string{}
	for row := -1; row < len(c.archs); row++ {
		var cells []string
		for column, name := range c.header {
			cell := name
			if row >= 0 {
				cell = c.cell(t, column, row)
			}
			cells = append(cells, quoted(cell))
		}
		lines = append(lines, strings.Join(cells, comma+space))
		if rapid.IntRange(0, 9).Draw(t, "blank row") == 0 {
			lines = append(lines, strings.Repeat(comma, len(cells)-1))
		}
	}
	text := strings.Join(lines, end) + rapid.SampledFrom([]string{"", end, end + end}).Draw(t, "end")
	text = rapid.SampledFrom([]string{"", "# comment" + end, end}).Draw(t, "before") + text
	text = rapid.SampledFrom([]string{"", "\ufeff"}).Draw(t, "byte order mark") + text
	return rapid.SampledFrom([]string{text, compressed("gzip", text)}).Draw(t, "compression")
}

func TestAnyCSVIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyCSVTable(t)
		text := want.written(t)
		got, err := nasbench.ReadCSV(strings.NewReader(text), "any.csv", searchspace.NASBench201{})
		require.NoError(t, err, text)
		var numeric []string
		for _, name := range want.header {
			if want.figures[name] != nil {
				numeric = append(numeric, name)
			}
		}
		require.Equal(t, numeric, got.Columns())
		row := 0
		for a := range got.Archs() {
			require.Equal(t, want.archs[row], searchspace.NASBench201{}.Format(a))
			for _, name := range numeric {
				requireFigure(t, want.figures[name][row], got, a, name)
			}
			row++
		}
		require.Equal(t, len(want.archs), row)
		for name := range want.cells {
			_, err := got.Evaluator(name)
			require.ErrorIs(t, err, nasbench.ErrNotNumeric)
		}
	})
}

// requireFigure requires a figure of the table to be v, or not recorded if v is not finite.
func requireFigure(t require.TestingT, v float64, table *nasbench.Table, a searchspace.Arch, column string) {
	got, err := table.Value(a, column)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		require.ErrorIs(t, err, nasbench.ErrNotRecorded)
		return
	}
	require.NoError(t, err)
	if v != 0 { // integers have no negative zero
		require.Equal(t, math.Float64bits(v), math.Float64bits(got))
	}
	require.Equal(t, v, got)
}

// Tables written by encoding/csv are read correctly, with any text in the other columns.
func TestTextOfEncodingCSVIsSkipped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.String().Filter(func(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }).Draw(t, "cell")
		var text bytes.Buffer
		w := csv.NewWriter(&text)
		require.NoError(t, w.WriteAll([][]string{{"arch", "note", "x"}, {skips, "text " + cell, "1"}, {convs, cell, "2"}}))
		table, err := nasbench.ReadCSV(&text, "any.csv", searchspace.NASBench201{})
		require.NoError(t, err)
		require.Equal(t, []string{"x"}, table.Columns())
		require.Equal(t, 2, table.Len())
	})
}
