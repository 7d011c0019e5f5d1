// Command unpickle reads pickles and files of torch.save from standard input, each preceded by its
// length in eight bytes (little endian), and prints a line for each with its object as JSON:
// dictionaries as {"pairs": [...]}, sets as {"set": [...]}, bytes as {"bytes": [...]}, floats as {"float": "..."}, and errors
// as {"error": "..."}. The script compare.py beside it compares the output with what Python reads.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/nlpodyssey/gopickle/types"

	"github.com/graphpnas/graphpnas/internal/pickle"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	r, w := bufio.NewReader(in), json.NewEncoder(out)
	for {
		var size uint64
		if err := binary.Read(r, binary.LittleEndian, &size); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		data := make([]byte, size)
		if _, err := io.ReadFull(r, data); err != nil {
			return err
		}
		value, err := load(data)
		line := plain(value)
		if err != nil {
			line = map[string]any{"error": err.Error()}
		}
		if err := w.Encode(line); err != nil {
			return err
		}
	}
}

// load reads a pickle or a file of torch.save.
func load(data []byte) (any, error) {
	options := pickle.Options{Limits: pickle.Limits{Size: 1 << 20, Memory: 1 << 30}}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	switch {
	case bytes.HasPrefix(data, []byte(pickle.TorchMagic)):
		options.Torch = true
	case bytes.HasPrefix(data, []byte("PK")):
		var err error
		if open, err = pickle.OpenTorchZip(bytes.NewReader(data), int64(len(data))); err != nil {
			return nil, err
		}
	}
	return pickle.Load(open, options)
}

// plain converts an object to one that JSON can represent.
func plain(object any) any {
	if d, ok := pickle.Pairs(object); ok {
		pairs := [][2]any{}
		for key, value := range d {
			pairs = append(pairs, [2]any{plain(key), plain(value)})
		}
		return map[string]any{"pairs": pairs}
	}
	if l, ok := pickle.Items(object); ok {
		items := []any{}
		for _, item := range l {
			items = append(items, plain(item))
		}
		return items
	}
	switch v := object.(type) {
	case *types.Set:
		items := []any{}
		for item := range *v {
			items = append(items, plain(item))
		}
		return map[string]any{"set": items}
	case float64:
		return map[string]any{"float": strconv.FormatFloat(v, 'g', -1, 64)}
	case []byte:
		numbers := make([]int, len(v))
		for i, b := range v {
			numbers[i] = int(b)
		}
		return map[string]any{"bytes": numbers}
	default:
		return v
	}
}
