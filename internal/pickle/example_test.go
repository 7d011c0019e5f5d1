package pickle_test

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/pickle"
)

// Python's pickle.dumps({"depth": 3, "rate": 0.5}), and a pickle that would run a command.
func Example() {
	limits := pickle.Limits{Size: 1 << 10, Memory: 1 << 16}
	value, err := pickle.Loads([]byte("\x80\x03}q\x00(X\x05\x00\x00\x00depthq\x01K\x03X\x04\x00\x00\x00rateq\x02"+
		"G?\xe0\x00\x00\x00\x00\x00\x00u."), limits)
	if err != nil {
		panic(err)
	}
	entries, _ := pickle.Pairs(value)
	for key, value := range entries {
		fmt.Println(key, value)
	}

	_, err = pickle.Loads([]byte("\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R."), limits)
	fmt.Println(err)
	// Output:
	// depth 3
	// rate 0.5
	// byte 2: GLOBAL: class "os.system" is not supported, because it is not plain data
}
