package tfrecord_test

import (
	"bytes"
	"fmt"
	"io"

	"github.com/graphpnas/graphpnas/internal/tfrecord"
)

func Example() {
	var file bytes.Buffer
	w := tfrecord.NewWriter(&file)
	for _, data := range []string{"conv", "pool"} {
		if err := w.Write([]byte(data)); err != nil {
			panic(err)
		}
	}

	r, err := tfrecord.NewReader(&file, 1<<10)
	if err != nil {
		panic(err)
	}
	var data []byte
	for {
		data, err = r.Append(data[:0])
		if err == io.EOF {
			break
		}
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s\n", data)
	}
	// Output:
	// conv
	// pool
}
