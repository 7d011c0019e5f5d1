package network_test

import (
	"context"
	"fmt"
	"log"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Figures counts the parameters and multiplications of a network without building it.
func ExampleFigures() {
	cell, err := searchspace.NASBench201{}.Parse("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_1x1~2|")
	if err != nil {
		log.Fatal(err)
	}
	figures := network.Figures{
		Design: network.NASBench201{},
		Input:  network.Input{Channels: 3, Height: 32, Width: 32, Classes: 10},
	}
	result, err := figures.Evaluate(context.Background(), cell)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.0f parameters\n", result.Metrics[network.FigureParams])
	fmt.Printf("%.0f multiplications per image\n", result.Metrics[network.FigureFLOPs])
	// Output:
	// 344346 parameters
	// 47104650 multiplications per image
}
