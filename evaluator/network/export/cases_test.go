package export_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/network/internal/draw"
)

// members is the number of networks of each space to compare: $EXPORT_MEMBERS, or 4.
var members = func() int {
	if n, err := strconv.Atoi(os.Getenv("EXPORT_MEMBERS")); err == nil {
		return n
	}
	return 4
}()

// findPython returns the first Python that has the given modules, among those given, the one in PATH, and the system's own.
func findPython(modules string, first ...string) string {
	const code = "import importlib.util, sys; sys.exit(not all(map(importlib.util.find_spec, sys.argv[1:])))"
	for _, p := range append(first, "python3", "/usr/bin/python3") {
		if p != "" && exec.Command(p, append([]string{"-c", code}, strings.Fields(modules)...)...).Run() == nil {
			return p
		}
	}
	return ""
}

// example is a network with images and the logits that it computes for them in mode Evaluate.
type example struct {
	space   string
	plan    *network.Plan
	weights *network.Weights
	images  []float32
	logits  []float32
}

// images is the number of images of an example.
const images = 3

// drawCases draws each networks of each space. They are the same in every run.
func drawCases(t *testing.T, each int) []example {
	t.Helper()
	var cases []example
	rng := rand.New(rand.NewPCG(1, uint64(each)))
	for range each {
		for _, space := range draw.Spaces() {
			plan, err := space.Plan(rng)
			require.NoError(t, err)
			cases = append(cases, newExample(t, space.Name, plan, rng))
		}
	}
	return cases
}

// newExample draws weights and images for a plan.
func newExample(t *testing.T, space string, plan *network.Plan, rng *rand.Rand) example {
	t.Helper()
	c := example{space: space, plan: plan, weights: draw.Weights(plan, rng), images: draw.Images(plan.Input(), images, rng)}
	net, err := plan.Build(c.weights, network.Options{})
	require.NoError(t, err)
	c.logits, err = net.Forward(c.images, network.Evaluate)
	require.NoError(t, err)
	return c
}

// write creates a folder with the images, and calls more to write further files.
func (c example) write(t *testing.T, folder string, more func(folder string)) {
	t.Helper()
	require.NoError(t, os.Mkdir(folder, 0o777))
	raw, err := binary.Append(nil, binary.LittleEndian, c.images)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "images.bin"), raw, 0o666))
	more(folder)
}

// compare compares the logits that a program has written, for all images and for the first one alone. They must agree within 1e-4 of
// the image's largest logit.
func (c example) compare(t *testing.T, folder string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(folder, "logits.bin"))
	require.NoError(t, err, c.space)
	classes := c.plan.Input().Classes
	got := make([]float32, (images+1)*classes)
	require.Len(t, raw, 4*len(got), c.space)
	_, err = binary.Decode(raw, binary.LittleEndian, got)
	require.NoError(t, err)
	want := append(slices.Clone(c.logits), c.logits[:classes]...)
	for i := 0; i < len(want); i += classes {
		row := want[i : i+classes]
		largest := math.Max(float64(slices.Max(row)), -float64(slices.Min(row)))
		for j, v := range row {
			require.InDelta(t, v, got[i+j], 1e-4*largest, "%s, %s, image %d, class %d", c.space, c.plan.Arch(), i/classes, j)
		}
	}
}
