package embedded_test

import (
	"fmt"
	"log"
	"os"

	"github.com/graphpnas/graphpnas/evaluator/jetstream/embedded"
)

func Example() {
	dir, err := os.MkdirTemp("", "streams")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	server, err := embedded.Start(embedded.Config{Dir: dir})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	nc, err := server.Connect() // for jetstream.New, and for a jetstream.Worker in the same program
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()
	fmt.Println(nc.Status())
	// Output: CONNECTED
}
