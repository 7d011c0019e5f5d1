// Command typecheck checks that packages and their tests are valid programs on other platforms. It
// compiles nothing: it type-checks the source of the packages and of everything that they import,
// which takes seconds, whereas a cross-compilation takes minutes.
//
//	go run ./internal/cmd/typecheck -platforms windows/amd64,linux/386 ./...
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

func main() {
	platforms := flag.String("platforms", "windows/amd64,darwin/arm64,linux/386,linux/arm", "GOOS/GOARCH, separated by commas")
	without := flag.String("without", "", "import paths to omit, including everything below them, separated by commas")
	flag.Parse()
	failed := false
	for platform := range strings.SplitSeq(*platforms, ",") {
		n, err := check(platform, flag.Args(), strings.Split(*without, ","))
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s:\n%v\n", platform, err)
			failed = true
			continue
		}
		fmt.Printf("%s: %d packages\n", platform, n)
	}
	if failed {
		os.Exit(1)
	}
}

// listed is the output of go list for a package.
type listed struct {
	ImportPath, Dir, ForTest string
	GoFiles                  []string
	ImportMap                map[string]string
	Module                   *struct{ Main bool }
	Error                    *struct{ Err string }
	Standard, DepOnly        bool
}

// checker checks packages in dependency order.
type checker struct {
	files *token.FileSet
	sizes types.Sizes
	done  map[string]*types.Package
}

// check returns the number of checked packages of the main module.
func check(platform string, patterns, without []string) (n int, err error) {
	system, processor, ok := strings.Cut(platform, "/")
	if !ok {
		return 0, fmt.Errorf("-platforms must list GOOS/GOARCH pairs, got %q", platform)
	}
	cmd := exec.Command("go", append([]string{"list", "-e", "-deps", "-test", "-json=ImportPath,Dir,ForTest,GoFiles,ImportMap,Module,Error,Standard,DepOnly"}, patterns...)...)
	cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+processor, "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, err
	}
	c := &checker{token.NewFileSet(), types.SizesFor("gc", processor), map[string]*types.Package{"unsafe": types.Unsafe}}
	var errs []error
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return n, errors.Join(errs...)
		} else if err != nil {
			return n, err
		}
		ours := p.Module != nil && p.Module.Main
		if p.ImportPath == "unsafe" || strings.HasSuffix(p.ImportPath, ".test") || slices.ContainsFunc(without, p.within) {
			continue
		}
		if err := c.check(p, ours); err != nil && ours {
			errs = append(errs, err)
		}
		if ours {
			n++
		}
	}
}

// within reports whether a package's import path is path or below it.
func (p listed) within(path string) bool {
	plain, _, _ := strings.Cut(p.ImportPath, " ")
	plain = strings.TrimSuffix(plain, "_test")
	return path != "" && (plain == path || strings.HasPrefix(plain, path+"/"))
}

// check checks a package. It skips the bodies of functions unless the package is ours.
func (c *checker) check(p listed, ours bool) error {
	if p.Error != nil && ours {
		return fmt.Errorf("%s: %s", p.ImportPath, p.Error.Err)
	}
	parsed := make([]*ast.File, len(p.GoFiles))
	errs := make([]error, len(p.GoFiles))
	var parsing sync.WaitGroup
	for i, name := range p.GoFiles {
		if !filepath.IsAbs(name) {
			name = filepath.Join(p.Dir, name)
		}
		parsing.Go(func() { parsed[i], errs[i] = parser.ParseFile(c.files, name, nil, parser.SkipObjectResolution) })
	}
	parsing.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var found []error
	config := types.Config{
		Importer:         importer{c, p.ImportMap},
		Sizes:            c.sizes,
		IgnoreFuncBodies: !ours,
		FakeImportC:      true,
		Error:            func(err error) { found = append(found, err) },
	}
	path, _, _ := strings.Cut(p.ImportPath, " ")
	pkg, _ := config.Check(path, c.files, parsed, nil) // its error is the first element of found
	c.done[p.ImportPath] = pkg
	return errors.Join(found...)
}

// importer finds the imports of a package.
type importer struct {
	*checker
	names map[string]string // packages with another name in the list: vendored ones and those for tests
}

func (i importer) Import(path string) (*types.Package, error) {
	if other, ok := i.names[path]; ok {
		path = other
	}
	if p := i.done[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%s was not checked", path)
}
