package draw_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/graphpnas/graphpnas/searchspace/draw"
)

// This example prints a cell on the terminal and writes it to an SVG file.
func Example() {
	space := searchspace.NASBench201{}
	cell, err := space.Parse("|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|none~1|avg_pool_3x3~2|")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(draw.Text(cell, draw.Options{}))

	dir, err := os.MkdirTemp("", "drawings")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file, err := os.Create(filepath.Join(dir, "cell.svg"))
	if err != nil {
		log.Fatal(err)
	}
	if err := draw.SVG(file, space, cell, draw.Options{Title: "My cell"}); err != nil {
		log.Fatal(err)
	}
	if err := file.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 0 ─┬─ nor_conv_3x3 ─▶ 1
	//    └─ skip_connect ─▶ 3
	// 1 ─── nor_conv_1x1 ─▶ 2
	// 2 ─── avg_pool_3x3 ─▶ 3
	// 3
}

// Text can show other names for operations.
func ExampleText() {
	space := searchspace.NASBench201{}
	cell, err := space.Parse("|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|none~1|avg_pool_3x3~2|")
	if err != nil {
		log.Fatal(err)
	}
	short := map[string]string{"nor_conv_3x3": "3×3", "nor_conv_1x1": "1×1", "skip_connect": "skip", "avg_pool_3x3": "pool"}
	fmt.Print(draw.Text(cell, draw.Options{Op: func(name string) string { return short[name] }}))
	// Output:
	// 0 ─┬─ 3×3 ──▶ 1
	//    └─ skip ─▶ 3
	// 1 ─── 1×1 ──▶ 2
	// 2 ─── pool ─▶ 3
	// 3
}
