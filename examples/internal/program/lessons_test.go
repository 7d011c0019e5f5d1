//go:build unix

package program_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/race"
)

// lessons are the lessons of examples/README.md, with what a run of each must print. Figures that may differ between kinds of
// processors are left open, within what the lesson claims.
var lessons = map[string][]string{
	"01-first-search": {
		`\n +1 +\d+\.\d\d %  explorer\n`, `\n +\d+ +9\d\.\d\d %  (generator|neighbor|pool)\n`,
		`it ranks \d{1,2} of 15625\. On average, the best of 100 random cells ranks 155`, // better than by chance
	},
	"02-own-space": {
		`With 0 rules, the space has about 2\.\d+e\+07 cells\.\nWith 2 rules, the space has about 1\.\d+e\+06 cells\.`,
		`All 60 cells that the search evaluated obey the rules\. The best scores 1[12]\.\d:`,
	},
	"03-own-evaluator": {
		`80 trees of filters were evaluated in \d+\.\d seconds`, `of them failed, and the search went on\..* is too small to halve\n`,
		`classifies 9\d\.\d\d % of the validation images correctly with \d+ features`,
	},
	"04-training-networks": {`(?s)accuracy  parameters  seconds  cell\n( *\d+\.\d\d %.*?\|\n){20}\n`, `The best network classifies 9\d\.\d\d % of the validation images and 9`},
	"05-resume": {
		`crashes: +70 architectures evaluated, +70 in its history\n.* again: +30 .* 100 in`, `150 evaluations: +50 .* 150 in`,
		`in the same order: true`,
	},
	"06-workers":    {`1 worker +\d{3,4} s +100 %\n`, `rounds of 8 +\d+ s +[345]\d %\n`, `Lag 32 +\d+ s +[89]\d %\n`, `in the same order: true`},
	"07-objectives": {`Of 100 trained networks, \d+ are on the front`, `\n 90\.\d\d % +\d+ +\d+\n`, `no trained network has more than [1-5]\d{4}\.`},
	"08-budgets":    {`\n +1 +18 .*\n +3 +6 .*\n +9 +2 +9\d\.\d\d% `},
	"09-distribution": {
		`chance +75\.\d\d %\n +the generator +8[5-9]\.\d\d %\n`, `\n  2 → 3  \[(\d\.\d\d ?){4}\]\n`,
	},
	"10-python-trainer": {`2 Python processes evaluated 40 architectures and reported their progress 120 times\. 0 evaluations failed`},
	"11-cluster":        {`200 evaluations, of which 0 failed\. By worker: map\[\w+:\d+`},
	"12-onnx":           {`network with 68882 parameters`, `loaded again, it correctly classifies 5\d\d of 600 images`},

	"spaces/chain":           {`networks run in at most 25 ms`, `in 2[0-5]\.\d ms\.\n`},
	"spaces/graphnetwork":    {`35919 different networks`, `\n  7\d\.\d\d  input; `},
	"spaces/hyperparameters": {`\n +\d+\.\d\d  training \{augment=`},
	"spaces/transformer":     {`Best of 40 encoders: [78]\d\.\d\d`, `\n  layer  4: `},
}

// folders returns the folders of the lessons.
func folders(t *testing.T) []string {
	var all []string
	for _, pattern := range []string{"[0-9][0-9]-*", "spaces/*"} {
		found, err := filepath.Glob(filepath.Join("../..", pattern))
		require.NoError(t, err)
		for _, path := range found {
			name, err := filepath.Rel("../..", path)
			require.NoError(t, err)
			all = append(all, filepath.ToSlash(name))
		}
	}
	return all
}

// A lesson is one short file, says what it teaches, is listed in the index, and can be copied out of this module.
func TestLessonsAreShortAndListed(t *testing.T) {
	index, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	assert.Len(t, folders(t), len(lessons), "the lessons that are run, and the folders")
	for _, name := range folders(t) {
		assert.Contains(t, lessons, name)
		assert.Contains(t, string(index), "`go run ./examples/"+name+"`")
		text, err := os.ReadFile(filepath.Join("../..", name, "main.go"))
		require.NoError(t, err)
		assert.Less(t, strings.Count(string(text), "\n"), 100, "lines of %s", name)
		comment, code, _ := strings.Cut(string(text), "\npackage main\n")
		assert.Contains(t, comment, "ou will learn", name)
		assert.Contains(t, comment, "//	go run ./examples/"+name, name)
		assert.NotContains(t, code, "/internal/", "%s could not be copied", name)
	}
}

// Every lesson does what it says it does.
func TestLessons(t *testing.T) {
	if race.Enabled || testing.Short() {
		t.Skip("a minute of processor time, in processes that the race detector does not see")
	}
	buildAll(t)
	for name, claims := range lessons {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath("python3"); err != nil && strings.Contains(name, "python") {
				t.Skip("no python3")
			}
			cmd := exec.Command(filepath.Join(binaries, filepath.Base(name)))
			cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
			var output, complaints bytes.Buffer
			cmd.Stdout, cmd.Stderr = &output, &complaints
			require.NoError(t, cmd.Run(), complaints.String())
			assert.Empty(t, complaints.String())
			for _, claim := range claims {
				assert.Regexp(t, regexp.MustCompile(claim), output.String())
			}
		})
	}
}
