package protocol_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

// An evaluating program calls Serve. Here the input is a string with one request; a real program passes os.Stdin.
func Example() {
	train := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		request, _ := protocol.RequestFrom(ctx)
		evaluator.Report(ctx, protocol.Progress{Fraction: 0.5})
		return evaluator.Result{Value: float64(a.Part(0).NumEdges()) * request.Budget["epochs"]}, nil
	})
	stdin := strings.NewReader(`{"protocol": 1, "id": "7", "space": "nasbench201", "arch": {"parts": [{"name": "cell", ` +
		`"nodes": 4, "edges": [{"from": 0, "to": 3, "op": "nor_conv_3x3"}]}]}, "budget": {"epochs": 12}, "seed": 1}` + "\n")

	err := protocol.Serve(context.Background(), stdin, os.Stdout, searchspace.NASBench201{}, train)
	if err != nil {
		panic(err)
	}
	// Output:
	// {"id":"7","progress":0.5}
	// {"id":"7","value":12}
}

// A client writes each request as a line.
func ExampleNewRequest() {
	space := searchspace.NASBench201{}
	cell, err := space.Parse("|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|")
	if err != nil {
		panic(err)
	}
	request := protocol.NewRequest("7", space, cell)
	request.Budget = map[string]float64{"epochs": 12}
	line, err := protocol.Line(&request)
	if err != nil {
		panic(err)
	}
	fmt.Print(strings.ReplaceAll(string(line), `,"`, ",\n\""))
	// Output:
	// {"protocol":1,
	// "id":"7",
	// "space":"nasbench201",
	// "arch":{"parts":[{"name":"cell",
	// "nodes":4,
	// "edges":[{"from":0,
	// "to":3,
	// "op":"nor_conv_3x3"}]}]},
	// "notation":"|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|",
	// "budget":{"epochs":12},
	// "seed":0}
}

// A ReplyReader skips lines that are not replies, such as the output of a library.
func ExampleReplyReader() {
	stdout := strings.NewReader(`Files already downloaded and verified
{"id": "7", "progress": 0.5}
{"id": "7", "value": 93.2}
`)
	replies := protocol.NewReplyReader(stdout, func(line string, err error) { fmt.Println("skipped:", line) })
	for {
		reply, err := replies.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			panic(err)
		}
		if reply.Result != nil {
			fmt.Println("request", reply.ID, "has value", reply.Result.Value)
		}
	}
	// Output:
	// skipped: Files already downloaded and verified
	// request 7 has value 93.2
}
