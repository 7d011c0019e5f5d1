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

var runCommands = flag.Bool("commands", false, "run the commands in documents that need nothing else")

// skipped are the commands that TestCommandsInDocumentsRun does not run, with the reason.
var skipped = []struct{ pattern, reason string }{
	{`^go (test|vet|build) \./\.\.\.|staticcheck|^\.ci/run`, "other parts of the CI run it"},
	{`go test \.`, "it is the test that runs this"},
	{`nb201|nb101|nasbench_|NATS-tss|^go run ./examples/suite -(data|methods)|bench NB101|NB201|Wirings|Search -|DiskThatFails`, "it needs published tables or strace"},
	{`-published|measure\.py|venv|-worker queue|distributed|^python3|examples/pytorch|^\./|nats`, "it needs PyTorch, a GPU or a cluster"},
	{`^go run ./examples/(randwire|enas) |internal/cmd/digits201|SimulatedQueue`, "it takes an hour"},
	{`-store|@latest|benchstat`, "it needs files of an earlier command, or the network"},
	{`^(go get|go mod|go generate|apt-get|export|for|done)\b`, "it installs or generates something"},
}

// TestCommandsInDocumentsRun runs the commands in Markdown files that need no other files or machines. Benchmarks run once.
func TestCommandsInDocumentsRun(t *testing.T) {
	if !*runCommands {
		t.Skip("it takes minutes: use the flag -commands")
	}
	seen := map[string]bool{}
	for _, p := range pages(t) {
		for _, c := range p.commands() {
			line := strings.Join(append(slices.Clone(c.environment), c.words...), " ")
			if seen[line] || slices.ContainsFunc(skipped, func(s struct{ pattern, reason string }) bool {
				return regexp.MustCompile(s.pattern).MatchString(strings.Join(c.words, " "))
			}) {
				continue
			}
			seen[line] = true
			t.Run(line, c.run)
		}
	}
	assert.Greater(t, len(seen), 12)
}

// run runs a command with its output files in another directory.
func (c command) run(t *testing.T) {
	words := slices.Clone(c.words)
	for i, w := range words {
		words[i] = strings.ReplaceAll(w, "\x00", " ")
		switch {
		case w == "-out" || w == "-o":
			words[i+1] = filepath.Join(t.TempDir(), "out")
		case w == "-count" || w == "-fuzztime":
			words[i+1] = "1" + strings.Repeat("x", strings.Count(w, "fuzz"))
		}
	}
	if slices.Contains(words, "-bench") {
		at := slices.Index(words, "-bench") + 2
		words = slices.Insert(words, at, "-benchtime", "1x")
	}
	program := exec.Command(words[0], words[1:]...)
	program.Env = append(os.Environ(), c.environment...)
	output, err := program.CombinedOutput()
	assert.NoError(t, err, "%v\n%s", c, output)
}
