package graphpnas_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

var runCommands = flag.Bool("commands", false, "run the commands in documents")

// elsewhere lists the commands that TestCommandsInDocumentsRun does not run, with the reason.
var elsewhere = []struct{ pattern, reason string }{
	{`^go run \./examples/(\d\d-|spaces/)`, "TestLessons in examples/internal/program runs it"},
	{`^go (build|test|vet) \./\.\.\.|^go test -short$|staticcheck`, "another part of .ci/run does the same"},
	{`^go test -run (DiskThatFails|SimulatedQueue)`, "the tests run with smaller numbers"},
	{` -fuzz `, "it compiles everything again; the tests run the seeds of all fuzz targets"},
	{`^go test \. `, "it would run this test, or change api.txt"},
	{`internal/cmd/digits201|^go run \./examples/(randwire|enas) -seed`, "an hour or more; the program's own tests run it in small"},
	{`evaluator/predictor|OpenParquet|wirings30|examples/nasbench101 |-bench Search|examples/budgets -data`,
		"minutes: it trains predictors or many generators, or writes tables of all of NAS-Bench-101; tests do the same in small"},
	{`^go run \./examples/(pytorch|distributed)|worker\.py --data|measure\.py`, "it needs PyTorch; the program's own tests run it in small"},
	{`-published|-worker python|nats://|^nats-server|^\./(distributed|worker) |^export`, "it needs a GPU or several machines"},
	{`NATS-tss`, "it needs all 15,625 files of the benchmark; the program's own tests convert files of the same form"},
	{`^(python3 (-m pip|internal/peers)|apt-get|go get|go mod)|@latest`, "it installs other software, or needs it"},
	{`^go generate`, "it generates files of this repository"},
	{`^(for |done$)`, "a loop, whose body is run once"},
}

// smaller are flags with the values that make a command of a document small.
var smaller = map[string]string{
	"-seeds": "1", "-draws": "100", "-evals": "40", "-until-best": "40", "-count": "1", "-test.count": "1", "-benchtime": "1x", "-test.benchtime": "1x",
}

// tables are the files that documents name, as paths below $GRAPHPNAS_DATA.
var tables = map[string]string{
	"tables": ".", "nb201.csv": "nasbench201/nb201.csv", "nb201_latency.csv": "latency/nb201_latency.csv",
	"micro.csv":              "transnas/micro.csv",
	"nasbench_full.tfrecord": "nasbench101/nasbench_sample.tfrecord", "nasbench_only108.tfrecord": "nasbench101/nasbench_sample.tfrecord",
}

// TestCommandsInDocumentsRun runs the commands in Markdown files one after the other, in small: with one seed, few evaluations,
// and benchmarks once. Files that they write go to another directory, where later commands find them. Commands that need
// published tables run if $GRAPHPNAS_DATA names their directory.
func TestCommandsInDocumentsRun(t *testing.T) {
	if !*runCommands {
		t.Skip("it takes minutes: use the flag -commands")
	}
	outputs, seen := t.TempDir(), map[string]bool{}
	for _, p := range pages(t) {
		for _, c := range p.commands() {
			line := strings.Join(c.words, " ")
			if seen[line] {
				continue
			}
			seen[line] = true
			t.Run(strings.ReplaceAll(line, "\x00", " "), func(t *testing.T) {
				for _, e := range elsewhere {
					if regexp.MustCompile(e.pattern).MatchString(line) {
						t.Skip(e.reason)
					}
				}
				c.run(t, outputs)
			})
		}
	}
	assert.Greater(t, len(seen), 60)
}

// run runs a command in small.
func (c command) run(t *testing.T, outputs string) {
	words := slices.Clone(c.words)
	for i, w := range words {
		w = strings.ReplaceAll(w, "\x00", " ")
		switch before := words[max(i-1, 0)]; {
		case smaller[before] != "":
			w = smaller[before]
		case before == "-methods" || before == "-only":
			w = firstTwo(w)
		case before == "-out" || before == "-o":
			w = filepath.Join(outputs, w)
		case strings.HasSuffix(w, ".test") && i == 0:
			w = filepath.Join(outputs, w)
		case tables[w] != "":
			w = filepath.Join(dataDir(t), tables[w])
		case i > 0 && !strings.HasPrefix(w, "-"):
			if made := filepath.Join(outputs, w); exists(made) {
				w = made
			}
		}
		words[i] = w
	}
	words = append(words, c.defaults()...)
	program := exec.Command(words[0], words[1:]...)
	program.Env = append(os.Environ(), c.environment...)
	output, err := program.CombinedOutput()
	assert.NoError(t, err, "%v: %q\n%s", c, words, output)
}

// defaults returns flags that make a command small whose line does not have them.
func (c command) defaults() (flags []string) {
	add := func(name, value string) {
		if !slices.Contains(c.words, name) {
			flags = append(flags, name, value)
		}
	}
	line := strings.Join(c.words, " ")
	switch {
	case strings.Contains(line, " ./examples/suite "), strings.Contains(line, " ./examples/compare "):
		if !slices.Contains(c.words, "-until-best") {
			add("-evals", smaller["-evals"])
		}
		add("-seeds", "1")
		if strings.Contains(line, "/suite ") {
			add("-methods", "random,local")
			add("-only", "cifar10-200")
		}
	case slices.Contains(c.words, "-bench"):
		add("-benchtime", smaller["-benchtime"])
	case strings.Contains(line, " ./examples/nasbench"):
		add("-evals", smaller["-evals"])
	}
	return flags
}

// firstTwo keeps the first two names of a list, without the numbers of seeds that methods may have.
func firstTwo(list string) string {
	names := strings.Split(regexp.MustCompile(`:\d+`).ReplaceAllString(list, ""), ",")
	return strings.Join(names[:min(2, len(names))], ",")
}

// dataDir returns the directory of the published tables.
func dataDir(t *testing.T) string {
	dir := os.Getenv("GRAPHPNAS_DATA")
	if dir == "" {
		t.Skip("GRAPHPNAS_DATA does not name the directory of the tables")
	}
	return dir
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Every command that is not run has one reason, and every reason has a command.
func TestCommandsThatAreNotRun(t *testing.T) {
	used := map[string]bool{}
	for _, p := range pages(t) {
		for _, c := range p.commands() {
			for _, e := range elsewhere {
				if regexp.MustCompile(e.pattern).MatchString(strings.Join(c.words, " ")) {
					used[e.pattern] = true
				}
			}
		}
	}
	for _, e := range elsewhere {
		assert.True(t, used[e.pattern], "no command matches %q", e.pattern)
	}
}
