// Command parquet reads and writes Parquet files for the script compare.py beside it, which
// compares internal/parquetfile with other programs. Each line of standard input is a request in
// JSON:
//
//	{"read": "a.parquet"}
//	{"write": "b.parquet", "columns": [{"name": "x", "texts": ["a", "b"]}, {"name": "y", "numbers": [1, null]}]}
//
// Each line of the output answers one with the contents of the file or {"error": "..."}. A null is
// a number that is not recorded.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/graphpnas/graphpnas/internal/parquetfile"
)

// contents is a request, or the contents of a file.
type contents struct {
	Read    string   `json:"read,omitempty"`
	Write   string   `json:"write,omitempty"`
	Rows    int      `json:"rows"`
	Columns []column `json:"columns"`
	Error   string   `json:"error,omitempty"`
}

type column struct {
	Name    string     `json:"name"`
	Texts   []string   `json:"texts,omitempty"`
	Numbers []*float64 `json:"numbers,omitempty"`
	Skipped string     `json:"skipped,omitempty"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	requests, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var request contents
		if err := requests.Decode(&request); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		answer, err := answerTo(&request)
		if err != nil {
			answer = &contents{Error: err.Error()}
		}
		if err := answers.Encode(answer); err != nil {
			return err
		}
	}
}

func answerTo(request *contents) (*contents, error) {
	if request.Write != "" {
		return &contents{}, write(request)
	}
	data, err := os.ReadFile(request.Read)
	if err != nil {
		return nil, err
	}
	f, err := parquetfile.Read(data, nil)
	if err != nil {
		return nil, err
	}
	answer := &contents{Rows: f.Rows}
	for _, c := range f.Columns {
		answer.Columns = append(answer.Columns, column{Name: c.Name, Texts: c.Texts, Numbers: recorded(c.Numbers), Skipped: c.Skipped})
	}
	return answer, nil
}

// recorded returns pointers to numbers, nil for NaN, which JSON cannot represent.
func recorded(numbers []float64) []*float64 {
	list := make([]*float64, len(numbers))
	for i, v := range numbers {
		if !math.IsNaN(v) {
			list[i] = &v
		}
	}
	return list
}

func write(request *contents) error {
	f := &parquetfile.File{}
	for _, c := range request.Columns {
		f.Rows = len(c.Texts) + len(c.Numbers)
		own := parquetfile.Column{Name: c.Name, Texts: c.Texts}
		for _, v := range c.Numbers {
			if v == nil {
				own.Numbers = append(own.Numbers, math.NaN())
			} else {
				own.Numbers = append(own.Numbers, *v)
			}
		}
		f.Columns = append(f.Columns, own)
	}
	file, err := os.Create(request.Write)
	if err != nil {
		return err
	}
	return errors.Join(parquetfile.Write(file, f), file.Close())
}
