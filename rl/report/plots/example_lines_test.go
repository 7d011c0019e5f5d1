package plots_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/graphpnas/graphpnas/rl/report/plots"
)

// Middle turns the values of several searches into a point with a band, and Lines draws the points.
func ExampleLines() {
	accuracies := [][]float64{{60, 62, 65, 70}, {72, 73, 74, 76}, {75, 76, 76, 77}} // of four searches after 10, 20 and 30 evaluations
	curve := plots.Curve{Name: "evolution"}
	for i, values := range accuracies {
		curve.Points = append(curve.Points, plots.Middle(float64(10*(i+1)), values))
	}
	fmt.Printf("%+v\n", curve.Points[0])

	axes := plots.Axes{Title: "Evolution", X: "evaluations", Y: "accuracy (%)"}
	figure := plots.Lines(axes, []plots.Curve{curve}, plots.Level{Name: "best of the benchmark", Y: 78})
	var picture bytes.Buffer
	if err := figure.Write(&picture, "png"); err != nil { // or figure.Save("evolution.png")
		log.Fatal(err)
	}
	// Output: {X:10 Y:64.25 Low:60 High:65}
}

// Dots compares methods by a value and an interval.
func ExampleDots() {
	figure := plots.Dots(nil, plots.Panel{
		Title: "Average rank", Axis: "1 is best", Ranks: true,
		Dots: []plots.Dot{
			{Name: "evolution", Value: 1.3, Low: 1.1, High: 1.5},
			{Name: "random search", Value: 1.7, Low: 1.5, High: 1.9},
		},
	})
	var picture bytes.Buffer
	if err := figure.Write(&picture, "svg"); err != nil { // or figure.Save("ranks.svg")
		log.Fatal(err)
	}
	fmt.Println(bytes.Contains(picture.Bytes(), []byte("random search")))
	// Output: true
}
