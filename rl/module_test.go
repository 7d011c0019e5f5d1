package rl_test

import (
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const modulePath = "github.com/graphpnas/graphpnas"

// runGo runs the go command without network access.
func runGo(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "GOTOOLCHAIN=local")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "go %v: %s", args, stderr.String())
	return string(out)
}

// moduleRoot returns the directory of this module.
func moduleRoot(t *testing.T) string {
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	return root
}

// copySources copies the non-test Go files of a package, with other import paths.
func copySources(t *testing.T, from, to string, rename *strings.Replacer) {
	t.Helper()
	require.NoError(t, os.MkdirAll(to, 0o755))
	files, err := filepath.Glob(filepath.Join(from, "*.go"))
	require.NoError(t, err)
	n := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(to, filepath.Base(file)), []byte(rename.Replace(string(text))), 0o644))
		n++
	}
	require.Positive(t, n)
}

// copyMethod copies the files of package rl that implement Reinforce to a separate package. It
// qualifies everything that they use from the rest of rl, so that unexported names do not compile.
func copyMethod(t *testing.T, from, to string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(to, 0o755))
	fset, files, own := token.NewFileSet(), map[string]*ast.File{}, map[string]bool{}
	for _, name := range []string{"reinforce.go", "explore.go", "ranking.go", "replay.go", "onpolicy.go"} {
		f, err := parser.ParseFile(fset, filepath.Join(from, name), nil, parser.ParseComments)
		require.NoError(t, err)
		files[name] = f
		for name := range f.Scope.Objects {
			own[name] = true
		}
	}
	for name, f := range files {
		for _, id := range f.Unresolved {
			if !own[id.Name] && ast.IsExported(id.Name) {
				id.Name = "rl." + id.Name
			}
		}
		f.Name.Name = "reinforce"
		var text strings.Builder
		require.NoError(t, format.Node(&text, fset, f))
		source := strings.Replace(text.String(), "import (", "import (\n\t\""+modulePath+"/rl\"", 1)
		require.NoError(t, os.WriteFile(filepath.Join(to, name), []byte(source), 0o644))
	}
}

const foreignProgram = `package main

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"

	"example.org/mine/baseline"
	"example.org/mine/bayes"
	"example.org/mine/reinforce"
)

func main() {
	space := searchspace.NASBench201{}
	edges := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, nil
	})
	model, err := gran.New(space, gran.Config{Layers: 1, Attention: 4, Components: 2}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		log.Fatal(err)
	}
	ranked := reinforce.Reinforce{Model: model, Learner: reinforce.Replay{Epochs: 1}, Exploration: rl.First(10),
		Ranking: reinforce.Ranking{Ranker: bayes.ModelAverage{}, Samples: 5, Parents: 1, Scattered: 5}}
	onPolicy := reinforce.Reinforce{Model: model, Learner: reinforce.OnPolicy{}, Exploration: rl.First(5)}
	for _, m := range []rl.Method{
		baseline.RandomSearch{}, baseline.RegularizedEvolution{Population: 5}, baseline.LocalSearch{}, bayes.GaussianProcess{}, ranked, onPolicy,
	} {
		search, err := rl.New(space, m, rl.Config{Seed: 1, Evaluations: 20, Batch: 2, Lag: 4})
		if err != nil {
			log.Fatal(err)
		}
		history, err := search.Run(context.Background(), edges)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%T %d\n", m, len(history.Evaluations))
	}
}
`

// The built-in methods have no privileges: they compile and work in another module, using only
// exported names.
func TestTheMethodsWorkFromAnotherModule(t *testing.T) {
	if testing.Short() || race.Enabled {
		t.Skip("it compiles a program")
	}
	root, dir := moduleRoot(t), t.TempDir()
	rename := strings.NewReplacer(modulePath+"/rl/baseline", "example.org/mine/baseline", modulePath+"/rl/bayes", "example.org/mine/bayes")
	for _, name := range []string{"baseline", "bayes"} {
		copySources(t, filepath.Join(root, "rl", name), filepath.Join(dir, name), rename)
	}
	copyMethod(t, filepath.Join(root, "rl"), filepath.Join(dir, "reinforce"))
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	text := strings.Replace(string(mod), "module "+modulePath, "module example.org/mine", 1)
	text += "\nrequire " + modulePath + " v0.0.0\n\nreplace " + modulePath + " => " + root + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o644))
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte(foreignProgram), 0o644))
	assert.Equal(t, "baseline.RandomSearch 20\nbaseline.RegularizedEvolution 20\nbaseline.LocalSearch 20\nbayes.GaussianProcess 20\n"+
		"reinforce.Reinforce 20\nreinforce.Reinforce 20\n",
		runGo(t, dir, "run", "."))
}

// A program that imports only a generator and the loop does not compile servers, databases or
// plotting.
func TestTheLoopNeedsNoServersDatabasesOrPlots(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the go command")
	}
	forbidden := regexp.MustCompile(`nats-io|sqlite|gonum\.org/v1/plot|parquet|gopickle|santhosh-tekuri|mpb|` +
		modulePath + `/(evaluator/(jetstream|store|command)|nasbench|searchspace/draw|rl/report)|chromedp|cdproto`)
	for _, packages := range [][]string{{"generator/gran", "rl"}, {"rl/baseline"}, {"rl/bayes"}, {"rl/preset"}} {
		args := []string{"list", "-deps"}
		for _, p := range packages {
			args = append(args, modulePath+"/"+p)
		}
		for _, dep := range strings.Fields(runGo(t, moduleRoot(t), args...)) {
			assert.NotRegexp(t, forbidden, dep, "%v", packages)
			// The fonts of gonum/plot and the database drivers have other names.
			assert.NotContains(t, []string{"database/sql", "net/http/httptest", "html/template"}, dep, "%v", packages)
		}
	}
}

// The loop does not import any generator's model, any explorer of random graphs other than the
// paper's, or the packages above it.
func TestTheLoopImportsDownwardsOnly(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the go command")
	}
	deps := strings.Fields(runGo(t, moduleRoot(t), "list", "-deps", modulePath+"/rl"))
	for _, above := range []string{"rl/preset", "rl/baseline", "rl/bayes", "evaluator/store", "generator/gran", "generator/lstm", "gnn"} {
		assert.NotContains(t, deps, modulePath+"/"+above)
	}
}
