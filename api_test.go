package graphpnas_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/build"
	"go/doc"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write api.txt")

// TestAPI compares the exported names of all packages with api.txt, so that no change of the API goes unnoticed.
func TestAPI(t *testing.T) {
	listing := listAPI(t)
	if *update {
		require.NoError(t, os.WriteFile("api.txt", []byte(listing), 0o644))
	}
	want := strings.ReplaceAll(read(t, "api.txt"), "\r\n", "\n")
	assert.True(t, listing == want, "The exported API differs from api.txt:\n%s\nIf the change is intended, run\n\n"+
		"\tgo test . -run API -update\n\nand add a line to CHANGELOG.md.", difference(want, listing))
}

// listAPI returns the exported declarations of all packages, without comments, as they are on Linux.
func listAPI(t *testing.T) string {
	t.Helper()
	platform := build.Default
	platform.GOOS, platform.GOARCH, platform.CgoEnabled = "linux", "amd64", false
	var listing bytes.Buffer
	require.NoError(t, fs.WalkDir(os.DirFS("."), ".", func(dir string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if slices.Contains([]string{"internal", "testdata", "examples", "docs"}, path.Base(dir)) || len(dir) > 1 && path.Base(dir)[0] == '.' {
			return fs.SkipDir
		}
		p, err := platform.ImportDir(filepath.FromSlash(dir), 0)
		if _, empty := err.(*build.NoGoError); empty {
			return nil
		}
		if err != nil {
			return err
		}
		return listPackage(&listing, dir, p.GoFiles)
	}))
	return listing.String()
}

// listPackage writes the exported declarations of one package in the order of go doc.
func listPackage(w *bytes.Buffer, dir string, names []string) error {
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		file, err := parser.ParseFile(fset, filepath.Join(filepath.FromSlash(dir), name), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, file)
	}
	p, err := doc.NewFromFiles(fset, files, path.Join(modulePath, dir))
	if err != nil {
		return err
	}
	var declarations []ast.Decl
	values := func(all []*doc.Value) {
		for _, v := range all {
			declarations = append(declarations, v.Decl)
		}
	}
	functions := func(all []*doc.Func) {
		for _, f := range all {
			declarations = append(declarations, f.Decl)
		}
	}
	values(p.Consts)
	values(p.Vars)
	functions(p.Funcs)
	for _, each := range p.Types {
		declarations = append(declarations, each.Decl)
		values(each.Consts)
		values(each.Vars)
		functions(each.Funcs)
		functions(each.Methods)
	}
	if len(declarations) > 0 {
		fmt.Fprintf(w, "\n# %s\n\n", path.Join(modulePath, dir))
	}
	for _, d := range declarations {
		if err := list(w, fset, d); err != nil {
			return err
		}
	}
	return nil
}

var (
	blankLines = regexp.MustCompile(`\n\s*\n`)
	spaces     = regexp.MustCompile(` {2,}`)
	alignment  = regexp.MustCompile(`(\S)[\t\v\f]+`)
)

// list writes a declaration without blank lines and without alignment, which would move with any other change.
func list(w *bytes.Buffer, fset *token.FileSet, d ast.Decl) error {
	var text bytes.Buffer
	switch d := d.(type) {
	case *ast.FuncDecl:
		d.Body = nil
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if v, ok := spec.(*ast.ValueSpec); ok && d.Tok == token.VAR {
				v.Values = nil // such as the text of an error
			}
		}
	}
	if err := (&printer.Config{Mode: printer.RawFormat, Tabwidth: 1}).Fprint(&text, fset, d); err != nil {
		return err
	}
	tabs := alignment.ReplaceAllString(text.String(), "$1 ")
	lines := blankLines.ReplaceAllString(spaces.ReplaceAllString(tabs, " "), "\n")
	_, err := fmt.Fprintln(w, strings.TrimSpace(lines))
	return err
}

// difference returns the lines that only one of two listings has.
func difference(before, after string) string {
	var text strings.Builder
	count := map[string]int{}
	for line := range strings.SplitSeq(before, "\n") {
		count[line]++
	}
	for line := range strings.SplitSeq(after, "\n") {
		if count[line]--; count[line] < 0 {
			text.WriteString("+ " + line + "\n")
		}
	}
	for line := range strings.SplitSeq(before, "\n") {
		if count[line] > 0 {
			count[line]--
			text.WriteString("- " + line + "\n")
		}
	}
	return text.String()
}
