package graphpnas_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCommandsInDocuments checks the commands in Markdown files, and the tests in .ci/run, without running them: packages and
// scripts exist, programs have the flags, and patterns match tests or benchmarks.
func TestCommandsInDocuments(t *testing.T) {
	commands := 0
	for _, p := range append(pages(t), testsOfCI(t)) {
		built := map[string]string{} // the package that a program was built from, by the program's name
		for _, c := range p.commands() {
			commands++
			c.check(t, built)
		}
	}
	assert.Greater(t, commands, 60)
}

// command is a command line in a document.
type command struct {
	page        string
	environment []string // such as GOMAXPROCS=1
	words       []string
}

func (c command) String() string { return c.page + ": " + strings.Join(c.words, " ") }

var (
	inlineCommand = regexp.MustCompile("`((?:go (?:run|test|build|vet|generate) |examples/|\\./examples/)[^`]*)`")
	comment       = regexp.MustCompile(`(^|\s)#.*`)
	assignment    = regexp.MustCompile(`^[A-Z_]+=`)
	quoted        = regexp.MustCompile(`'([^']*)'`)
)

// commands returns the command lines of a page's shell blocks, and those that the prose quotes.
func (p page) commands() []command {
	var lines []string
	for _, b := range p.blocks {
		if b.language == "sh" {
			lines = append(lines, strings.Split(strings.ReplaceAll(b.text, "\\\n", " "), "\n")...)
		}
	}
	for _, m := range inlineCommand.FindAllStringSubmatch(p.prose, -1) {
		if rest, ok := strings.CutPrefix(m[1], "./examples/"); ok && strings.Contains(rest, " -") {
			lines = append(lines, "go run ./examples/"+rest)
		} else if strings.HasPrefix(m[1], "go ") {
			lines = append(lines, m[1])
		}
	}
	var all []command
	for _, line := range lines {
		line = comment.ReplaceAllString(line, "")
		// A blank within quotes does not separate words.
		line = quoted.ReplaceAllStringFunc(line, func(s string) string { return strings.ReplaceAll(strings.Trim(s, "'"), " ", "\x00") })
		for part := range strings.SplitSeq(line, "&&") {
			words := strings.Fields(part)
			var environment []string
			for ; len(words) > 0; words = words[1:] {
				if assignment.MatchString(words[0]) {
					environment = append(environment, words[0])
				} else if !slices.Contains([]string{"do", "time", "/usr/bin/time", "-v"}, words[0]) {
					break
				}
			}
			if at := slices.Index(words, ">"); at >= 0 {
				words = words[:at]
			}
			if len(words) > 0 {
				all = append(all, command{page: p.path, environment: environment, words: words})
			}
		}
	}
	return all
}

// testsOfCI returns the lines of .ci/run that run tests as a page.
func testsOfCI(t *testing.T) page {
	t.Helper()
	var lines []string
	for line := range strings.Lines(read(t, ".ci/run")) {
		if strings.Contains(line, "go test ") && !strings.Contains(line, "$(") && !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.ReplaceAll(line, "$packages", "./..."))
		}
	}
	require.Greater(t, len(lines), 5)
	return page{path: ".ci/run", blocks: []block{{language: "sh", text: strings.Join(lines, "")}}}
}

// unchecked are commands that are not part of this module.
var unchecked = []string{"apt-get", "nats-server", "export", "for", "done", "go get", "go mod"}

func (c command) check(t *testing.T, built map[string]string) {
	t.Helper()
	first := c.words[0]
	switch {
	case slices.Contains(unchecked, first), len(c.words) > 1 && slices.Contains(unchecked, first+" "+c.words[1]):
	case first == "go" && c.words[1] == "run":
		c.checkRun(t)
	case first == "go" && c.words[1] == "test":
		c.checkTest(t, built)
	case first == "go" && slices.Contains([]string{"build", "vet", "generate"}, c.words[1]):
		for _, dir := range c.packages() {
			assert.DirExists(t, dir, c)
		}
		if output := c.value("-o"); output != "" && c.words[1] == "build" {
			built["./"+output] = c.packages()[0]
		}
	case first == "python3":
		c.checkPython(t)
	case built[first] != "" && strings.HasSuffix(first, ".test"):
		c.checkPatterns(t, []string{built[first]}, "-test.bench", "-test.run")
	case built[first] != "":
		c.checkFlags(t, built[first], c.words[1:])
	case first == ".ci/run":
		assert.FileExists(t, first, c)
	case c.page == "examples/distributed/README.md": // programs that were built in an earlier block
		assert.DirExists(t, filepath.Join("examples/distributed", first), c)
	default:
		assert.Failf(t, "unknown command", "%v", c)
	}
}

// packages returns the directories among the words of a command.
func (c command) packages() []string {
	var dirs []string
	for _, w := range c.words {
		dir, ok := strings.CutPrefix(w, "./")
		if !ok || strings.HasSuffix(w, ".test") {
			continue
		}
		root, below := strings.CutSuffix(dir, "...")
		root = filepath.Clean(filepath.FromSlash(root))
		dirs = append(dirs, root)
		if below {
			dirs = append(dirs, directories(root)...)
		}
	}
	return dirs
}

// directories returns the directories below one.
func directories(root string) (list []string) {
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != root {
			list = append(list, path)
		}
		return nil
	})
	return list
}

// value returns the word after a flag.
func (c command) value(flag string) string {
	if i := slices.Index(c.words, flag); i >= 0 && i+1 < len(c.words) {
		return c.words[i+1]
	}
	return ""
}

// checkRun checks a command that runs a program of this module, or one of another module at a version.
func (c command) checkRun(t *testing.T) {
	t.Helper()
	if strings.Contains(c.words[2], "@") || c.words[2] == "." {
		return
	}
	dir := filepath.FromSlash(strings.TrimPrefix(c.words[2], "./"))
	if assert.FileExists(t, filepath.Join(dir, "main.go"), c) {
		c.checkFlags(t, dir, c.words[3:])
	}
}

// checkFlags checks that a program has the flags that it is given.
func (c command) checkFlags(t *testing.T, dir string, arguments []string) {
	t.Helper()
	known := flags(t, dir)
	for _, w := range arguments {
		if w == "--" {
			return // what follows is the command of a trainer
		}
		if name, ok := strings.CutPrefix(w, "-"); ok && !strings.HasPrefix(w, "-0") {
			name, _, _ = strings.Cut(name, "=")
			assert.Contains(t, append(known, "h"), name, "%v: %s has no such flag", c, dir)
		}
	}
}

// checkTest checks a command of go test.
func (c command) checkTest(t *testing.T, built map[string]string) {
	t.Helper()
	dirs := c.packages()
	switch {
	case slices.Contains(c.words, "$packages"): // in .ci/run
		dirs = testedDirs(t)
	case len(dirs) == 0:
		dirs = []string{"."}
	}
	for _, dir := range dirs {
		assert.DirExists(t, dir, c)
	}
	if slices.Contains(c.words, "-c") {
		built["./"+c.value("-o")] = dirs[0]
		return
	}
	c.checkPatterns(t, dirs, "-bench", "-run", "-skip", "-fuzz")
}

// testedDirs returns the directories of this module that contain tests.
func testedDirs(t *testing.T) (dirs []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if dir := filepath.Dir(path); strings.HasSuffix(path, "_test.go") && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
		return err
	}))
	return dirs
}

// checkPatterns checks that each alternative of a pattern matches a function in one of the directories.
func (c command) checkPatterns(t *testing.T, dirs []string, flags ...string) {
	t.Helper()
	var names []string
	for _, dir := range dirs {
		names = append(names, testFunctions(t, dir)...)
	}
	for _, flag := range flags {
		pattern := strings.ReplaceAll(c.value(flag), "\x00", " ")
		if pattern == "" || pattern == "-" || pattern == "^$" { // the last two match nothing on purpose
			continue
		}
		for _, alternative := range alternatives(pattern) {
			function, _, _ := strings.Cut(alternative, "/")
			matches, err := regexp.Compile(function)
			if assert.NoError(t, err, c) {
				assert.True(t, slices.ContainsFunc(names, matches.MatchString), "%v: %q matches nothing", c, alternative)
			}
		}
	}
}

// alternatives splits a pattern at the bars outside parentheses.
func alternatives(pattern string) []string {
	var all []string
	depth, begin := 0, 0
	for i, r := range pattern {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == '|' && depth == 0:
			all, begin = append(all, pattern[begin:i]), i+1
		}
	}
	return append(all, pattern[begin:])
}

// checkPython checks a command that runs a Python program of this module.
func (c command) checkPython(t *testing.T) {
	t.Helper()
	script := c.words[1]
	if script == "-m" {
		return
	}
	if !strings.Contains(script, "/") {
		script = path.Join(path.Dir(c.page), script)
	}
	if !assert.FileExists(t, script, c) {
		return
	}
	source := read(t, script)
	for _, w := range c.words[2:] {
		if strings.HasPrefix(w, "--") {
			assert.Contains(t, source, `"`+w+`"`, "%v: the program has no such flag", c)
		}
	}
}

// flagFunctions are the functions that define a flag, most of them of package flag, with the position of its name among the arguments.
var flagFunctions = map[string]int{
	"Bool": 0, "BoolFunc": 0, "Duration": 0, "Float64": 0, "Func": 0, "Int": 0, "Int64": 0, "String": 0, "Uint": 0, "Uint64": 0,
	"BoolVar": 1, "DurationVar": 1, "Float64Var": 1, "IntVar": 1, "Int64Var": 1, "StringVar": 1, "TextVar": 1, "UintVar": 1,
	"Uint64Var": 1, "Var": 1, "define": 1, // the last is a helper of examples/distributed
}

// flags returns the flags that a program and the packages of this module that it imports define.
func flags(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	seen := map[string]bool{}
	for next := []string{dir}; len(next) > 0; {
		at := next[0]
		next = next[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		files, err := filepath.Glob(filepath.Join(at, "*.go"))
		require.NoError(t, err)
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			names = append(names, flagsOf(file)...)
			for _, spec := range file.Imports {
				if rest, ok := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), modulePath+"/examples/"); ok {
					next = append(next, filepath.Join("examples", filepath.FromSlash(rest)))
				}
			}
		}
	}
	return names
}

// flagsOf returns the names of the flags that a file defines.
func flagsOf(file *ast.File) []string {
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		var function string
		switch f := call.Fun.(type) {
		case *ast.SelectorExpr:
			function = f.Sel.Name
		case *ast.Ident:
			function = f.Name
		}
		at, ok := flagFunctions[function]
		if !ok || at >= len(call.Args) {
			return true
		}
		if literal, ok := call.Args[at].(*ast.BasicLit); ok && literal.Kind == token.STRING {
			name, _ := strconv.Unquote(literal.Value)
			names = append(names, name)
		}
		return true
	})
	return names
}
