package nb101_test

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/nb101"
)

func Example() {
	var d nb101.Decoder
	var row nb101.Row
	if err := d.Decode([]byte(published), &row); err != nil {
		panic(err)
	}
	fmt.Println(row.Epochs, row.Cell.Arch())
	fmt.Println(row.Metrics.Evaluations[nb101.Final][nb101.ValidationAccuracy])
	// Output:
	// 4 input; conv3x3-bn-relu<0; maxpool3x3<1; conv3x3-bn-relu<2; conv3x3-bn-relu<0; conv1x1-bn-relu<0,3,4; output<2,5
	// 0.34895834
}
