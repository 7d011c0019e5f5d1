package nb101_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/nb101"
	"github.com/graphpnas/graphpnas/internal/tfrecord"
	"github.com/graphpnas/graphpnas/searchspace"
)

// published is the first row of the benchmark's file with all epochs.
const published = `["00005c142e6f48ac74fdcf73e3439874", 4, "0100110001000000010010000010000001000000010000000", ` +
	`"input,conv3x3-bn-relu,maxpool3x3,conv3x3-bn-relu,conv3x3-bn-relu,conv1x1-bn-relu,output", ` +
	`"Ci0JAAAAAAAAAAARAAAAAAAAAAAZAAAAoKqquT8hAAAAYJAGuT8pAAAAAGmQuT8KLQkAAAAAAAAA\n` +
	`QBEAAADAdJNGQBkAAABgkAa6PyEAAAAg3/K6PykAAACAy7e6PwotCQAAAAAAABBAEQAAACDbeVZA\n` +
	`GQAAAEAaZNY/IQAAAGBVVdY/KQAAAODybdY/EIqYigQZAABAhznbeUA=\n"]`

// decode decodes a row.
func decode(text string) (row nb101.Row, err error) {
	var d nb101.Decoder
	err = d.Decode([]byte(text), &row)
	return row, err
}

func TestPublishedRow(t *testing.T) {
	row, err := decode(published)
	require.NoError(t, err)
	assert.Equal(t, "00005c142e6f48ac74fdcf73e3439874", hex.EncodeToString(row.Key[:]))
	assert.Equal(t, 4, row.Epochs)
	assert.Equal(t, "input; conv3x3-bn-relu<0; maxpool3x3<1; conv3x3-bn-relu<2; conv3x3-bn-relu<0; "+
		"conv1x1-bn-relu<0,3,4; output<2,5", row.Cell.Arch().String())
	assert.Equal(t, nb101.Metrics{
		Evaluations: [3]nb101.Evaluation{
			{0, 0.1002604141831398, 0.09775640815496445, 0.09985977411270142},
			{45.152000427246094, 0.10166265815496445, 0.10526842623949051, 0.10436698794364929},
			{89.90399932861328, 0.3498597741127014, 0.3489583432674408, 0.3504607379436493},
		},
		Parameters: 8555530,
		TotalTime:  413.7015450000763,
	}, row.Metrics)
	assert.Equal(t, published, string(row.AppendTo(nil)))

	var file bytes.Buffer
	require.NoError(t, tfrecord.NewWriter(&file).Write([]byte(published)))
	assert.Equal(t, []byte{0x91, 1, 0, 0, 0, 0, 0, 0, 0x98, 0x25, 0xed, 0x9b}, file.Bytes()[:12])
	assert.Equal(t, []byte{0x68, 0x16, 0x69, 0x03}, file.Bytes()[file.Len()-4:], "the published checksum")
}

func TestSampleRows(t *testing.T) {
	dir := os.Getenv("GRAPHPNAS_DATA")
	if dir == "" {
		t.Skip("GRAPHPNAS_DATA does not name the directory of the benchmark files")
	}
	file, err := os.Open(filepath.Join(dir, "nasbench101", "nasbench_sample.tfrecord"))
	require.NoError(t, err)
	defer file.Close()
	records, err := tfrecord.NewReader(file, 1<<10)
	require.NoError(t, err)
	var d nb101.Decoder
	var row nb101.Row
	var text []byte
	rows := 0
	for {
		if text, err = records.Append(text[:0]); err == io.EOF {
			break
		}
		require.NoError(t, err)
		require.NoError(t, d.Decode(text, &row))
		// The sample does not have line breaks in its base64.
		require.Equal(t, string(text), strings.ReplaceAll(string(row.AppendTo(nil)), `\n`, ""))
		rows++
	}
	assert.Equal(t, 40000, rows)
}

func TestDecodeInvertsAppend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := anyRow(t)
		text := row.AppendTo(nil)
		require.True(t, json.Valid(text))
		got, err := decode(string(text))
		require.NoError(t, err)
		require.Equal(t, text, got.AppendTo(nil))
		require.Equal(t, row.Key, got.Key)
		require.Equal(t, row.Cell, got.Cell)
		require.Equal(t, fmt.Sprint(row), fmt.Sprint(got), "printed, for NaN is not NaN")
	})
}

// anyRow draws a row in which every figure is recorded or not.
func anyRow(t *rapid.T) nb101.Row {
	cell, err := nb101.CellOf(anyArch(t))
	require.NoError(t, err)
	row := nb101.Row{
		Key:    [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key")),
		Epochs: rapid.IntRange(1, nb101.MaxEpochs).Draw(t, "epochs"),
		Cell:   cell,
		Metrics: nb101.Metrics{
			Parameters: rapid.Int32Range(0, math.MaxInt32).Draw(t, "parameters"),
			TotalTime:  figure(t, rapid.Float64Range(0, 1e9)),
		},
	}
	for i := range row.Metrics.Evaluations {
		e := &row.Metrics.Evaluations[i]
		for j := range e {
			e[j] = float32(figure(t, rapid.Float64Range(0, 1)))
		}
	}
	return row
}

// figure draws a figure, or NaN if it is not recorded.
func figure(t *rapid.T, of *rapid.Generator[float64]) float64 {
	if rapid.Bool().Draw(t, "recorded") {
		return of.Draw(t, "figure")
	}
	return math.NaN()
}

// anyArch draws an architecture of the space, decision by decision.
func anyArch(t *rapid.T) searchspace.Arch {
	b := searchspace.NASBench101{}.Start()
	for {
		d, ok := b.Next()
		if !ok {
			break
		}
		require.NoError(t, b.Take(rapid.SampledFrom(d.Allowed).Draw(t, "decision")))
	}
	a, err := b.Arch()
	require.NoError(t, err)
	return a
}

// with returns the published row with a unique substring replaced.
func with(t *testing.T, old, new string) string {
	t.Helper()
	require.Equal(t, 1, strings.Count(published, old), old)
	return strings.Replace(published, old, new, 1)
}

func TestEveryWayToWriteJSON(t *testing.T) {
	want, err := decode(published)
	require.NoError(t, err)
	for name, text := range map[string]string{
		"no white space":     strings.ReplaceAll(published, ", ", ","),
		"white space":        " \t\r\n" + strings.ReplaceAll(strings.ReplaceAll(published, "[", "[\n"), ", ", "\t,\r\n"),
		"no line breaks":     strings.ReplaceAll(published, `\n`, ``),
		"other line breaks":  strings.ReplaceAll(published, `\n`, `\r\n`),
		"escaped solidus":    strings.ReplaceAll(published, "/", `\/`),
		"escaped characters": strings.ReplaceAll(published, "A", `\u0041`),
		"escapes everywhere": strings.ReplaceAll(published, "0", `\u0030`),
		"capitals":           strings.Replace(published, "e3439874", "E3439874", 1),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decode(text)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

func TestBadRows(t *testing.T) {
	end := strings.LastIndexByte(published, '"')
	for name, bad := range map[string]struct{ text, message string }{
		"empty":              {"", "md5: unexpected EOF"},
		"no array":           {`{"md5": 1}`, "md5: got '{', want '['"},
		"empty array":        {"[]", "md5: got ']', want a string"},
		"something follows":  {published + "]", "unexpected ']' after the end"},
		"six elements":       {published[:end+1] + `, 1]`, "got ',', want ']'"},
		"no comma":           {with(t, `", 4`, `" 4`), "epochs: got '4', want ','"},
		"md5 too short":      {with(t, "00005c", "0005c"), "must be 32 hexadecimal digits"},
		"md5 of others":      {with(t, "00005c", "0000zc"), "must be 32 hexadecimal digits"},
		"md5 a number":       {with(t, `"00005c142e6f48ac74fdcf73e3439874"`, "5"), "md5: got '5', want a string"},
		"epochs a string":    {with(t, `, 4,`, `, "4",`), "epochs: it must be a positive integer"},
		"no epochs":          {with(t, `, 4,`, `, 0,`), "epochs: 0 is out of range"},
		"negative epochs":    {with(t, `, 4,`, `, -4,`), "epochs: it must be a positive integer"},
		"epochs led by zero": {with(t, `, 4,`, `, 04,`), "epochs: it must be a positive integer"},
		"fraction of epochs": {with(t, `, 4,`, `, 4.0,`), "cell: got '.', want ','"},
		"very many epochs":   {with(t, `, 4,`, `, 1000001,`), "epochs: 1000001 is out of range"},
		"epochs that overflow": {with(t, `, 4,`, `, 18446744073709551620,`),
			"epochs: the number must have at most nine digits"},
		"other epochs":    {with(t, `, 4,`, `, 12,`), "metrics: field 1: field 1: got an evaluation at epoch 2, want 6"},
		"no base64":       {with(t, "Ci0J", "Ci0*"), "metrics: illegal base64 data"},
		"base64 cut off":  {with(t, "UA=", "UA"), "metrics: illegal base64 data"},
		"raw line break":  {with(t, `AAA\nQBE`, "AAA\nQBE"), "metrics: a string must not contain a line break"},
		"raw return":      {with(t, `AAA\nQBE`, "AAA\rQBE"), "metrics: a string must not contain a line break"},
		"unknown escape":  {with(t, `AAA\nQBE`, `AAA\xQBE`), "metrics: invalid character 'x' in string escape code"},
		"escape at end":   {published[:end] + `\"]`, "metrics: unexpected EOF"},
		"string goes on":  {published[:end], "metrics: unexpected EOF"},
		"no end":          {published[:end+1], "unexpected EOF"},
		"empty metrics":   {published[:strings.Index(published, "Ci0J")] + `"]`, "metrics: got 0 evaluations, want 3"},
		"cut off metrics": {published[:strings.Index(published, "QBEAAADA")] + `"]`, "metrics: field 1: unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decode(bad.text)
			assert.ErrorContains(t, err, bad.message)
		})
	}
}

func TestTruncatedRows(t *testing.T) {
	for n := range len(published) {
		_, err := decode(published[:n])
		require.Error(t, err, "%d bytes", n)
	}
}

// FuzzDecode compares the scanner with encoding/json.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(published))
	f.Add([]byte(strings.ReplaceAll(published, `\n`, ``)))
	f.Add([]byte(strings.ReplaceAll(published, "/", `\/`)))
	f.Add([]byte(strings.ReplaceAll(published, "A", `\u0041`)))
	f.Add([]byte(`["043721b9c7fe8c5fad811d47d83132ec",108,"0100","input,output","CgAKAAoA"]`))
	f.Add([]byte(`["043721b9c7fe8c5fad811d47d83132ec" , 1 , "0100" , "input,output" , "CgAKAAoA" ] `))
	f.Add([]byte(`["",0,"","",""]`))
	f.Add([]byte(`[null,null,null,null,null]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var d nb101.Decoder
		var row nb101.Row
		err := d.Decode(text, &row)
		canonical, ok := rewritten(text)
		if !ok {
			require.Error(t, err)
			return
		}
		again, errAgain := decode(canonical)
		require.Equal(t, err == nil, errAgain == nil, "%v, but as encoding/json reads it %v", err, errAgain)
		if err == nil {
			require.Equal(t, fmt.Sprint(row), fmt.Sprint(again))
			require.NoError(t, searchspace.NASBench101{}.Validate(row.Cell.Arch()))
			again, err := decode(string(row.AppendTo(nil)))
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint(row), fmt.Sprint(again))
		}
	})
}

// rewritten decodes a row with encoding/json and encodes it without white space and escapes. It
// reports whether the row is an array of the right types whose text needs no escapes.
func rewritten(text []byte) (canonical string, ok bool) {
	var raw []json.RawMessage
	if json.Unmarshal(text, &raw) != nil || len(raw) != 5 {
		return "", false
	}
	var elements [5]string
	for i := range elements {
		if i == 1 {
			var epochs int
			ok = json.Unmarshal(raw[i], &epochs) == nil && string(raw[i]) == fmt.Sprint(epochs)
			elements[i] = string(raw[i])
		} else {
			var s string
			ok = json.Unmarshal(raw[i], &s) == nil && raw[i][0] == '"'
			if i == 4 {
				s = strings.NewReplacer("\n", "", "\r", "").Replace(s) // line breaks are allowed in base64
			}
			ok = ok && !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' })
			elements[i] = `"` + s + `"`
		}
		if !ok {
			return "", false
		}
	}
	return "[" + strings.Join(elements[:], ",") + "]", true
}

func BenchmarkDecode(b *testing.B) {
	var d nb101.Decoder
	var row nb101.Row
	text := []byte(published)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if err := d.Decode(text, &row); err != nil {
			b.Fatal(err)
		}
	}
}
