package graphpnas_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// parserName matches the names of functions that read what others have written.
var parserName = regexp.MustCompile(`^(Parse|Read|Load|Open|Unmarshal|Decode|New[A-Za-z]*Reader)`)

// covered names the fuzz target of parsers that no target calls by name. Most of these parsers call the one that is fuzzed.
var covered = map[string]string{
	"evaluator/network.UnmarshalJSON":    "FuzzParsePlan",
	"searchspace.UnmarshalJSON":          "FuzzArchJSON",
	"generator/internal/modelfile.Read":  "generator/gran.FuzzLoad",
	"nasbench.ReadNB101":                 "FuzzReadNB101",
	"nasbench.ReadParquet":               "FuzzReadParquet",
	"examples/internal/spaces.Parse":     "searchspace.FuzzNASBench201Parse",
	"evaluator/dataset.OpenIDX":          "FuzzIDX",
	"evaluator/dataset.OpenMNIST":        "FuzzIDX",
	"evaluator/dataset.OpenFashionMNIST": "FuzzIDX",
	"evaluator/dataset.OpenCIFAR10":      "FuzzCIFAR",
	"evaluator/dataset.OpenCIFAR100":     "FuzzCIFAR",
	"evaluator/dataset.OpenTinyImageNet": "FuzzAnnotations", // and FuzzJPEG
	"evaluator/predictor.LoadWith":       "FuzzLoad",
	"evaluator/store.Open":               "FuzzRow", // of what the package itself reads; the file is SQLite's
	"nasbench.Open":                      "FuzzReadCSV",
	"nasbench.OpenCSV":                   "FuzzReadCSV",
	"nasbench.OpenParquet":               "FuzzReadParquet",
	"nasbench.OpenNB101":                 "FuzzReadNB101",
	"internal/pickle.Loads":              "FuzzLoad",
	"internal/pickle.OpenTorchZip":       "FuzzTorch",
	"evaluator/protocol.UnmarshalJSON":   "FuzzRequest", // and FuzzReply
	"evaluator/protocol.NewReader":       "FuzzRequest",
	"examples/internal/runs.Open":        "FuzzRead", // it appends
	"internal/figures.UnmarshalJSON":     "evaluator/store.FuzzRow",
	"rl.UnmarshalJSON":                   "FuzzReadRecord",
}

// TestEveryParserIsFuzzed checks what SECURITY.md says: each exported function or method that parses is called by a fuzz target of
// its package.
func TestEveryParserIsFuzzed(t *testing.T) {
	require.Contains(t, read(t, "SECURITY.md"), "Every parser has a fuzz target")
	parsers, targets := map[string]bool{}, map[string]string{} // by package and name; targets with their text
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		text := read(t, path)
		if strings.HasSuffix(path, "_test.go") && !strings.Contains(text, "func Fuzz") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			name := dir + "." + f.Name.Name
			switch {
			case strings.HasSuffix(path, "_test.go") && strings.HasPrefix(f.Name.Name, "Fuzz"):
				targets[name] = text[f.Pos()-file.FileStart : f.End()-file.FileStart]
			case !strings.HasSuffix(path, "_test.go") && parserName.MatchString(f.Name.Name) && takesText(f) && !isReader(f):
				parsers[name] = true
			}
		}
		return nil
	}))
	require.Greater(t, len(parsers), 25)
	for name := range parsers {
		assert.True(t, isFuzzed(name, targets), "%s has no fuzz target", name)
	}
	for name, target := range targets {
		dot := strings.LastIndex(name, ".")
		corpus, err := os.ReadDir(filepath.Join(filepath.FromSlash(name[:dot]), "testdata", "fuzz", name[dot+1:]))
		assert.True(t, err == nil && len(corpus) > 0 || strings.Contains(target, ".Add("), "%s has no corpus", name)
	}
}

// takesText reports whether a function has a parameter that holds, or leads to, a text or a file.
func takesText(f *ast.FuncDecl) bool {
	for _, p := range f.Type.Params.List {
		switch kind := p.Type.(type) {
		case *ast.Ident:
			if kind.Name == "string" {
				return true
			}
		case *ast.ArrayType:
			if element, ok := kind.Elt.(*ast.Ident); ok && element.Name == "byte" {
				return true
			}
		case *ast.SelectorExpr:
			if kind.Sel.Name == "Reader" || kind.Sel.Name == "ReaderAt" {
				return true
			}
		case *ast.FuncType: // one that opens
			return true
		}
	}
	return false
}

// isReader reports whether a function is a method of an io.Reader or io.ReaderAt.
func isReader(f *ast.FuncDecl) bool {
	return f.Recv != nil && (f.Name.Name == "Read" || f.Name.Name == "ReadAt")
}

// isFuzzed reports whether a parser, given with its package, has a target.
func isFuzzed(parser string, targets map[string]string) bool {
	dot := strings.LastIndex(parser, ".")
	dir, name := parser[:dot], parser[dot+1:]
	if by, known := covered[parser]; known {
		_, here := targets[dir+"."+by]
		_, elsewhere := targets[by]
		return here || elsewhere
	}
	for target, text := range targets {
		if strings.HasPrefix(target, dir+".") && regexp.MustCompile(`\b`+name+`\(`).MatchString(text) {
			return true
		}
	}
	return false
}

func read(t *testing.T, path string) string {
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}
