package parquetfile_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/graphpnas/graphpnas/internal/parquetfile"
)

// A table with a column of text and one of numbers is written and read back.
func Example() {
	var file bytes.Buffer
	err := parquetfile.Write(&file, &parquetfile.File{Rows: 2, Columns: []parquetfile.Column{
		{Name: "arch", Texts: []string{"conv", "pool"}},
		{Name: "accuracy", Numbers: []float64{0.93, 0.9}},
	}})
	if err != nil {
		log.Fatal(err)
	}
	f, err := parquetfile.Read(file.Bytes(), nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range f.Columns {
		fmt.Println(c.Name, c.Texts, c.Numbers)
	}
	// Output:
	// arch [conv pool] []
	// accuracy [] [0.93 0.9]
}
