// Command asm writes the assembly of package f32. It is a separate module, so that the package does
// not depend on the assembler library.
package main

import (
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"

	"github.com/graphpnas/graphpnas/internal/f32/asm/neon"
)

// files lists the generated files and their contents.
var files = []struct {
	name string
	emit func(*kernel)
}{
	{"gemm", emitGemm},
	{"vector", emitVector},
	{"activation", emitActivation},
	{"bias", emitBias},
	{"columns", emitColumns},
	{"adam", emitAdam},
	{"edge", emitEdge},
	{"gate", emitGate},
	{"gated", emitGated},
	{"sparse", emitSparse},
	{"gru", emitGRU},
	{"transpose", emitTranspose},
}

func main() {
	for _, f := range files {
		k := &kernel{Context: build.NewContext(), constants: map[uint32]operand.Mem{}}
		k.ConstraintExpr("!purego")
		f.emit(k)
		if err := write(k, f.name); err != nil {
			log.Fatalf("%s: %v", f.name, err)
		}
	}
	if err := neon.Write(".."); err != nil {
		log.Fatal(err)
	}
}

// write prints the assembly and the Go declarations of k.
func write(k *kernel, name string) error {
	file, err := k.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return err
	}
	if err := checkRegisters(file); err != nil {
		return err
	}
	cfg := printer.Config{Name: "go generate", Pkg: "f32"}
	for suffix, p := range map[string]printer.Printer{
		"_amd64.s":       printer.NewGoAsm(cfg),
		"_stub_amd64.go": printer.NewStubs(cfg),
	} {
		text, err := p.Print(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile("../"+name+suffix, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// checkRegisters returns an error if a function for AVX2 was allocated registers that only AVX-512
// has, because the assembler would silently encode AVX-512 instructions.
func checkRegisters(file *ir.File) error {
	for _, f := range file.Functions() {
		if !strings.HasSuffix(f.Name, "AVX2") {
			continue
		}
		for _, i := range f.Instructions() {
			for _, r := range i.Registers() {
				if p := reg.ToPhysical(r); p != nil && p.Kind() == reg.KindVector && p.PhysicalIndex() >= 16 {
					return fmt.Errorf("%s uses %s", f.Name, p.Asm())
				}
			}
		}
	}
	return nil
}
