//go:build unix

package command_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/searchspace"
)

// habit is a typical behavior of worker programs, with its expected effect on a search.
type habit struct {
	begins  string                                     // output at the start
	answers func(id string, value float64) string      // output for a request
	dies    string                                     // standard error at the start, before the worker exits
	holds   bool                                       // the worker does not flush its output
	breaks  string                                     // part of the error that ends the search; empty if the search goes on
	metrics map[string]float64                         // the metrics of each result, if the search goes on
	numbers func(requests int, own string) (id string) // the id of the reply, if not the request's own
	fails   bool                                       // the search goes on, with failures
}

// play runs a worker with the habit.
func (h habit) play(p player) {
	if h.dies != "" {
		fmt.Fprintln(os.Stderr, h.dies)
		os.Exit(1)
	}
	fmt.Print(h.begins)
	for n := 1; ; n++ {
		r := p.next()
		id := r.ID
		if h.numbers != nil {
			id = h.numbers(n, id)
		}
		if text := h.answers(id, float64(r.Arch.Part(0).Len())); !h.holds {
			fmt.Print(text)
		}
	}
}

// good returns the reply of a worker without bad habits.
func good(id string, value float64) string {
	return fmt.Sprintf(`{"id": %q, "value": %v}`+"\n", id, value)
}

// answering returns a function that formats a reply from id and value.
func answering(format string) func(string, float64) string {
	return func(id string, value float64) string { return fmt.Sprintf(format+"\n", id, value) }
}

// between returns a function that prints something before and after the reply.
func between(before, after string) func(string, float64) string {
	return func(id string, value float64) string { return before + good(id, value) + after }
}

// metric returns a function that answers with a metric, written as JSON or as Python's json module writes it.
func metric(value string) func(string, float64) string {
	return answering(`{"id": %q, "value": %v, "metrics": {"m": ` + value + `}}`)
}

// failing returns a function that answers with an error.
func failing(text string) func(string, float64) string {
	return func(id string, _ float64) string { return `{"id": "` + id + `", "error": "` + text + `"}` + "\n" }
}

var firstID string

var habits = map[string]habit{
	"none":            {answers: good},
	"banner":          {begins: "Files already downloaded and verified\n", answers: good},
	"byte order mark": {begins: "\ufeff", answers: good},
	"Windows":         {answers: answering(`{"id": %q, "value": %v}` + "\r")},
	"blank line":      {answers: between("\n", "")},
	"log":             {answers: between("Epoch 1/3: loss 2.31\n", "")},
	"log after":       {answers: between("", "done in 3 s\n")},
	"log of JSON":     {answers: between(`{"loss": 2.31, "epoch": 1}`+"\n", `{"loss": 0.1}`+"\n")},
	"log of a dict":   {answers: between("{'loss': 2.31, 'epoch': 1}\n", "{'train_runtime': 3.1}\n")},
	"progress bar":    {answers: between("\r 10%|#  |\r100%|###|\n", "")},
	"bar, no newline": {answers: between("\r 10%|#  |\r100%|###|\r", "")},
	"long log":        {answers: between(strings.Repeat("x", 2*protocol.MaxLine)+"\n", "")},
	"not UTF-8":       {answers: between("caf\xe9\n", "")},
	"answers twice":   {answers: func(id string, v float64) string { return good(id, v) + good(id, v) }},
	"other answer":    {answers: func(id string, v float64) string { return good(id, v) + good(id, v+1) }},
	"late progress":   {answers: func(id string, v float64) string { return good(id, v) + `{"id": "` + id + `", "progress": 1}` + "\n" }},
	"late rubbish":    {answers: between("", "{'value': 1}\n")},
	"percent": {answers: func(id string, v float64) string {
		return `{"id": "` + id + `", "progress": 50, "message": "half"}` + "\n" + good(id, v)
	}},
	"NaN progress":  {answers: func(id string, v float64) string { return `{"id": "` + id + `", "progress": NaN}` + "\n" + good(id, v) }},
	"number for id": {answers: answering(`{"id": %s, "value": %v}`)},
	"null metrics":  {answers: answering(`{"id": %q, "value": %v, "metrics": null}`)},
	"inf metric":    {answers: metric("Infinity"), metrics: map[string]float64{"m": math.Inf(1)}},
	"large metric":  {answers: metric("1" + strings.Repeat("0", 20)), metrics: map[string]float64{"m": 1e20}},
	"clock":         {answers: answering(`{"id": %q, "value": %v, "cost_seconds": -1e-9}`)},

	"NaN":            {answers: answering(`{"id": %q, "value": NaN, "metrics": {"m": %v}}`), breaks: `"value" is NaN`},
	"huge value":     {answers: answering(`{"id": %q, "value": 1` + strings.Repeat("0", 400) + `, "metrics": {"m": %v}}`), breaks: "outside the range"},
	"text value":     {answers: answering(`{"id": %q, "value": "%v"}`), breaks: "write the number without quotes"},
	"text metric":    {answers: metric(`"cuda:0"`), breaks: `metric "m" is the string "cuda:0"`},
	"list metric":    {answers: metric("[1, 2]"), breaks: `metric "m" is the list [1, 2]`},
	"bool metric":    {answers: metric("true"), breaks: `metric "m" is true`},
	"extra field":    {answers: answering(`{"id": %q, "value": %v, "epochs": 12}`), breaks: `unknown field "epochs"`},
	"capitals":       {answers: answering(`{"Id": %q, "Value": %v}`), breaks: `it must be written "id"`},
	"twice the same": {answers: answering(`{"id": %q, "value": 1, "value": %v}`), breaks: `"value" appears twice`},
	"indented":       {answers: answering("{\n  \"id\": %q,\n  \"value\": %v\n}"), breaks: "a reply must be on one line"},
	"single quotes":  {answers: answering(`{'id': '%s', 'value': %v}`), breaks: "must be in double quotes"},
	"no id":          {answers: func(_ string, v float64) string { return fmt.Sprintf(`{"value": %v}`+"\n", v) }, breaks: `"id" is missing`},
	"another id":     {answers: good, numbers: func(int, string) string { return "arch" }, breaks: `answered request "arch" instead of`},
	"own numbers":    {answers: good, numbers: func(n int, _ string) string { return strconv.Itoa(n) }, breaks: `answered request "1" instead of`},
	"too long":       {answers: metric(`1, "x` + strings.Repeat("x", protocol.MaxLine) + `": 1`), breaks: "a line has more than 1048576 bytes"},
	"crash":          {answers: func(string, float64) string { fmt.Fprintln(os.Stderr, "CUDA out of memory"); os.Exit(1); return "" }, breaks: "CUDA out of memory"},
	"no torch":       {dies: "ModuleNotFoundError: No module named 'torch'", breaks: "No module named 'torch'"},
	"no data":        {dies: "cannot load the data: no such directory: /data", breaks: "no such directory: /data"},
	"does not flush": {answers: good, holds: true, breaks: "does it flush its replies?"},
	"no newline":     {answers: func(id string, v float64) string { return strings.TrimSpace(good(id, v)) }, breaks: "no answer within"},
	"says no torch":  {answers: failing("No module named 'torch'"), breaks: "with the same error and has not evaluated any (Config.GiveUp): No module named 'torch'"},
	"non-ASCII":      {answers: failing("мало памяти — 64 ГБ"), breaks: "мало памяти — 64 ГБ"},
	"Latin-1":        {answers: failing("m\xe9moire"), breaks: "m\ufffdmoire"},
	"half a letter":  {answers: failing(`bad \ud83d half`), breaks: "bad \ufffd half"},

	// The first answer is correct, so the program is known to work.
	"first id": {answers: good, numbers: func(_ int, own string) string {
		if firstID == "" {
			firstID = own
		}
		return firstID
	}},
	"NaN at times": {answers: func(id string, v float64) string {
		if v == 3 {
			return `{"id": "` + id + `", "value": NaN}` + "\n"
		}
		return good(id, v)
	}, fails: true},
}

// evaluateAll evaluates six architectures through a store, as a search does, and checks the results.
func evaluateAll(t *testing.T, path, role string, options ...func(*command.Config)) (outcomes []evaluator.Outcome) {
	db, err := store.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	program := newCommand(role, options...)
	defer func() {
		require.NoError(t, program.Close())
		require.Empty(t, processes())
	}()
	retried := evaluator.Retried{Evaluator: program, Attempts: 2, Wait: time.Millisecond}
	archs := make([]searchspace.Arch, 6)
	for i := range archs {
		archs[i] = chain(i + 1)
	}
	pool := evaluator.Pool{Evaluator: db.Evaluator(graphs{}, "nodes", retried), Workers: 1}
	for o := range pool.Run(t.Context(), slices.Values(archs)) {
		outcomes = append(outcomes, o)
		if o.Err == nil {
			assert.Equal(t, float64(o.Index+1), o.Result.Value)
		}
		assert.False(t, evaluator.Permanent(t.Context(), o.Err), "the program is at fault: %v", o.Err)
	}
	return outcomes
}

// With each habit, the search either goes on with correct results or ends with an error that names the reason. After the worker
// has been repaired, every architecture gets its correct result, because no failure was stored.
func TestHabits(t *testing.T) {
	for name, h := range habits {
		t.Run(name, func(t *testing.T) {
			var options []func(*command.Config)
			if h.holds || name == "no newline" {
				options = append(options, timeout(200*time.Millisecond))
			}
			path := filepath.Join(t.TempDir(), "search.db")
			outcomes := evaluateAll(t, path, "habit: "+name, options...)
			last := outcomes[len(outcomes)-1]
			if h.breaks != "" {
				assert.ErrorIs(t, last.Err, evaluator.ErrBroken)
				assert.ErrorContains(t, last.Err, h.breaks)
				assert.LessOrEqual(t, len(outcomes), 3)
			} else {
				require.Len(t, outcomes, 6)
			}
			for _, o := range outcomes {
				if h.breaks == "" && !h.fails {
					require.NoError(t, o.Err)
					assert.Equal(t, h.metrics, o.Result.Metrics)
				}
			}
			for _, o := range evaluateAll(t, path, "repaired") {
				assert.NoError(t, o.Err)
			}
		})
	}
}

// noisy answers correctly and prints random other lines around the answers. The first argument is the seed.
func noisy(p player) {
	seed, err := strconv.ParseUint(os.Args[1], 10, 64)
	if err != nil {
		panic(err)
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	var answered []string
	noise := func() {
		for range rng.IntN(4) {
			lines := []string{
				"", "Epoch 1/3: loss 2.31", "\r 10%|#  |\r100%|###|", `{"loss": NaN}`, "{'loss': 1.5}", "{", "\xff", "[1, 2]",
				strings.Repeat("x", rng.IntN(1<<17)),
			}
			for _, id := range answered {
				lines = append(lines, `{"id": "`+id+`", "progress": 1}`, strings.TrimSpace(good(id, -1)))
			}
			fmt.Println(lines[rng.IntN(len(lines))])
		}
	}
	noise()
	for {
		r := p.next()
		noise()
		fmt.Printf(`{"id": %q, "progress": %v}`+"\n", r.ID, rng.Float64()*2)
		noise()
		result, err := json.Marshal(evaluator.Result{Value: float64(r.Arch.Part(0).Len())})
		if err != nil {
			panic(err)
		}
		fmt.Printf(`{"id": %q, %s`+"\n", r.ID, result[1:])
		answered = append(answered, r.ID)
		noise()
	}
}

func TestNoiseChangesNoResult(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		processes := rapid.IntRange(1, 3).Draw(rt, "processes")
		e := newCommand("noisy", processesAtATime(processes), func(c *command.Config) {
			c.Command = append(c.Command, strconv.FormatUint(seed, 10))
		})
		defer func() { require.NoError(rt, e.Close()) }()
		archs := make([]searchspace.Arch, rapid.IntRange(1, 6).Draw(rt, "architectures"))
		for i := range archs {
			archs[i] = chain(i + 1)
		}
		pool := evaluator.Pool{Evaluator: e, Workers: processes}
		for o := range pool.Run(t.Context(), slices.Values(archs)) {
			require.NoError(rt, o.Err)
			require.Equal(rt, evaluator.Result{Value: float64(o.Index + 1)}, o.Result)
		}
	})
}
