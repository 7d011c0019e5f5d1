package store_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Two people have evaluated different architectures, and one architecture in common. Their stores are merged.
func ExampleDB_Merge() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	space, ctx := searchspace.NASBench201{}, context.Background()
	edges := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, nil
	})
	open := func(name string, cells ...string) *store.DB {
		db, err := store.Open(filepath.Join(dir, name))
		if err != nil {
			panic(err)
		}
		stored := db.Evaluator(space, "edges", edges)
		for _, text := range cells {
			a, err := space.Parse(text)
			if err != nil {
				panic(err)
			}
			if _, err := stored.Evaluate(ctx, a); err != nil {
				panic(err)
			}
		}
		return db
	}
	const both = "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|"
	mine := open("mine.db", both)
	defer mine.Close()
	theirs := open("theirs.db", both, "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|none~2|")
	defer theirs.Close()

	merged, err := mine.Merge(ctx, theirs)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(merged.Added, "added,", merged.Same, "the same,", len(merged.Conflicts), "conflicts")
	var jsonl bytes.Buffer
	err = mine.WriteJSONL(ctx, &jsonl)
	fmt.Println(bytes.Count(jsonl.Bytes(), []byte("\n")), "lines", err)
	// Output:
	// 1 added, 1 the same, 0 conflicts
	// 2 lines <nil>
}
