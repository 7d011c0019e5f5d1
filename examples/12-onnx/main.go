// Lesson 12: from the best cell to ONNX.
//
// You will learn to turn an architecture that a search has found into a network that other software can run. A plan
// describes the network; a training run gives it weights; export writes it as ONNX (for ONNX Runtime, browsers, phones)
// and network.Save as a safetensors file, which a Go program loads without the space, the design or the images.
//
//	go run ./examples/12-onnx
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log"
	"os"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/network/export"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/nasbench"
)

func main() {
	log.SetFlags(0)
	flag.Usage = func() { fmt.Println("Usage: go run ./examples/12-onnx") }
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	table, err := nasbench.Digits201()
	if err != nil {
		return err
	}
	best, _, err := table.Best("valid") // lesson 1 searches for it
	if err != nil {
		return err
	}
	digits, err := dataset.Digits()
	if err != nil {
		return err
	}
	held, train, err := digits.Train.Split(1, 600)
	if err != nil {
		return err
	}
	images, err := oracle.NewImages(ctx, train, held, nil)
	if err != nil {
		return err
	}
	plan, err := network.NewPlan(network.NASBench201{Channels: 8, Cells: 1}, best, images.Input())
	if err != nil {
		return err
	}
	training, err := oracle.NewTraining(plan, images, oracle.Recipe{Epochs: 8, Batch: 16, WarmUp: 0.3, Pad: 1}, oracle.Options{Seed: 1})
	if err != nil {
		return err
	}
	if err := training.Run(ctx); err != nil {
		return err
	}
	var model bytes.Buffer
	if err := export.ONNX(&model, plan, training.Network().Weights()); err != nil {
		return err
	}
	path := os.TempDir() + "/digits.onnx"
	if err := os.WriteFile(path, model.Bytes(), 0o644); err != nil {
		return err
	}
	fmt.Printf("The best cell gives a network with %d parameters. Its ONNX file is %s:\n", plan.Params(), path)
	fmt.Printf("input \"images\", N×1×8×8, minus %.3f, divided by %.3f; output \"logits\", N×10.\n", images.Normalization.Mean[0], images.Normalization.Deviation[0])
	var file bytes.Buffer
	if err := network.Save(&file, training.Classifier(digits.Classes)); err != nil {
		return err
	}
	classifier, err := network.Load(&file)
	if err != nil {
		return err
	}
	right, pixels := 0, make([]uint8, held.Shape().Size())
	for i, label := range held.Labels() {
		if err := held.Read(i, pixels); err != nil {
			return err
		}
		ranking, err := classifier.Predict(pixels)
		if err != nil {
			return err
		}
		if ranking[0].Label == label {
			right++
		}
	}
	fmt.Printf("Saved as safetensors and loaded again, it correctly classifies %d of %d images that it was not trained on.\n", right, held.Len())
	return nil
}
