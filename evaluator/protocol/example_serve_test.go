package protocol_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

// This example is a program that answers requests. It usually reads them from os.Stdin.
func ExampleServe() {
	space := searchspace.NASBench201{}
	train := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		request, _ := protocol.RequestFrom(ctx)
		return evaluator.Result{Value: request.Budget["epochs"] + float64(a.Part(0).NumEdges())}, nil
	})

	cell, err := space.Parse("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_1x1~2|")
	if err != nil {
		log.Fatal(err)
	}
	request := protocol.NewRequest("7", space, cell)
	request.Budget = map[string]float64{"epochs": 12}
	var input bytes.Buffer
	if err := protocol.Write(&input, &request); err != nil {
		log.Fatal(err)
	}

	err = protocol.Serve(context.Background(), &input, os.Stdout, space, train)
	fmt.Println("error:", err)
	// Output:
	// {"id":"7","value":15}
	// error: <nil>
}
