package graphpnas_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/race"
)

// imported are the packages that code in documents may use without importing them.
var imported = []string{
	"context", "errors", "fmt", "image", "encoding/json", "math/rand/v2", "os", "time", "log", "strings",
	modulePath + "/evaluator", modulePath + "/evaluator/command", modulePath + "/evaluator/dataset",
	modulePath + "/evaluator/jetstream", modulePath + "/evaluator/network", modulePath + "/evaluator/network/export",
	modulePath + "/evaluator/oracle", modulePath + "/evaluator/store", modulePath + "/generator",
	modulePath + "/generator/gran", modulePath + "/nasbench", modulePath + "/rl", modulePath + "/rl/baseline",
	modulePath + "/rl/bayes", modulePath + "/rl/preset", modulePath + "/rl/report", modulePath + "/rl/report/mlflow",
	modulePath + "/rl/report/plots", modulePath + "/rl/report/tensorboard", modulePath + "/searchspace",
	modulePath + "/searchspace/draw", "github.com/nats-io/nats.go",
}

// preamble declares the variables that statements in documents may use without declaring them.
const preamble = `
var (
	ctx       context.Context
	space     searchspace.Space
	arch      searchspace.Arch
	archs     []searchspace.Arch
	model     *gran.Model
	rng       *rand.Rand
	e         evaluator.Evaluator
	config    rl.Config
	method    rl.Reinforce
	search    *rl.Search
	history   *rl.History
	ours      []*rl.History
	random    []*rl.History
	design    network.Design
	input     network.Input
	plan      *network.Plan
	weights   *network.Weights
	training  *oracle.Training
	classes   []string
	trainers  evaluator.Evaluator
	file      *os.File
	data      *os.File
	photo     *os.File
	nc        *nats.Conn
	err       error
)
`

// TestGoInDocumentsCompiles checks the types of every block of Go in Markdown files. A block is a program, declarations or
// statements; a line that is … replaces code that does not matter.
func TestGoInDocumentsCompiles(t *testing.T) {
	if race.Enabled || testing.Short() {
		t.Skip("it runs the go command")
	}
	check := newChecker(t)
	blocks := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.language != "go" {
				continue
			}
			blocks++
			name := fmt.Sprintf("%s:%d", p.path, b.line)
			switch {
			case p.path == "README.md": // one program in several blocks: see TestTheREADMEsProgramRuns
			case strings.HasPrefix(b.text, "package "):
				check.file(t, name, b.text)
			default:
				check.fragment(t, name, b.text)
			}
		}
	}
	assert.Greater(t, blocks, 15)
}

// checker checks the types of source text against compiled packages.
type checker struct {
	fset     *token.FileSet
	packages types.Importer
}

func newChecker(t *testing.T) checker {
	t.Helper()
	command := exec.Command("go", append([]string{"list", "-export", "-deps", "-json=ImportPath,Export"}, imported...)...)
	var problems bytes.Buffer
	command.Stderr = &problems
	listing, err := command.Output()
	require.NoError(t, err, problems.String())
	exports := map[string]string{}
	for decoder := json.NewDecoder(bytes.NewReader(listing)); ; {
		var p struct{ ImportPath, Export string }
		if err := decoder.Decode(&p); err == io.EOF {
			break
		} else {
			require.NoError(t, err)
		}
		exports[p.ImportPath] = p.Export
	}
	fset := token.NewFileSet()
	return checker{fset: fset, packages: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})}
}

// fragment checks declarations or statements.
func (c checker) fragment(t *testing.T, name, text string) {
	t.Helper()
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(line) == "…" {
			line = "" // the number of lines stays
		}
		lines = append(lines, line)
	}
	text, variables := strings.Join(lines, "\n"), ""
	if _, err := parser.ParseFile(token.NewFileSet(), name, "package p;"+text, 0); err != nil {
		text, variables = "func _() {"+text+"\n}", preamble
	}
	source := "package p\n"
	for _, p := range imported {
		source += fmt.Sprintf("import %q\n", p)
	}
	c.file(t, "fragment", source+variables+"//line "+name+":1\n"+text)
}

// file checks a file. It ignores what is declared or imported but not used.
func (c checker) file(t *testing.T, name, text string) {
	t.Helper()
	file, err := parser.ParseFile(c.fset, name, text, 0)
	if !assert.NoError(t, err, name) {
		return
	}
	config := types.Config{Importer: c.packages, Error: func(err error) {
		if e := err.(types.Error); !e.Soft {
			t.Error(e)
		}
	}}
	config.Check("p", c.fset, []*ast.File{file}, nil) // what it returns went to Error as well
}

// TestTheREADMEsProgramRuns runs the program that the README's blocks of Go make together.
func TestTheREADMEsProgramRuns(t *testing.T) {
	if race.Enabled || testing.Short() {
		t.Skip("it compiles a program")
	}
	var text string
	for _, p := range pages(t) {
		if p.path != "README.md" {
			continue
		}
		for _, b := range p.blocks {
			if b.language == "go" {
				text += b.text + "\n"
			}
		}
	}
	dir, err := os.Getwd()
	require.NoError(t, err)
	source := filepath.Join(t.TempDir(), "main.go")
	require.NoError(t, os.WriteFile(source, []byte(text), 0o644))
	// An overlay puts the program into the module without writing there.
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(dir, "readme_program", "main.go"): source}})
	require.NoError(t, err)
	overlayFile := filepath.Join(t.TempDir(), "overlay.json")
	require.NoError(t, os.WriteFile(overlayFile, overlay, 0o644))
	output, err := exec.Command("go", "run", "-overlay", overlayFile, "./readme_program").CombinedOutput()
	require.NoError(t, err, string(output))
	lines := slices.Collect(strings.Lines(string(output)))
	assert.Len(t, lines, 3, string(output))
	assert.Contains(t, lines[0], "conv")
}
