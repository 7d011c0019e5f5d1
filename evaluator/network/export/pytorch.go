package export

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator/network"
)

// PyTorch writes a network as a Python file that needs only PyTorch, version 1.13 or later. Its
// class Network is an nn.Module, and its function load returns a Network with the weights of a
// safetensors file, such as one written by network.Save. The network can be trained further in
// PyTorch.
//
// The file contains no weights. Names of layers that are not valid Python identifiers are changed.
func PyTorch(w io.Writer, p *network.Plan) error {
	text, err := newSource(p)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err != nil {
		return fmt.Errorf("PyTorch: network of %s: %w", p.Arch(), err)
	}
	return nil
}

// pythonSource collects the parts of the file.
type pythonSource struct {
	*graph
	taken map[string]bool // used names of attributes
	parts map[string]bool // used pythonParts

	unread  []int       // for each value, how often it will still be read
	numbers map[int]int // for each value so far, the number of its variable
	free    []int       // numbers of variables whose values are no longer needed
	count   int         // number of variables

	layers, forward, names strings.Builder
	part                   string // the part of the network that the last lines belong to
}

// newSource returns the content of the file.
func newSource(p *network.Plan) (string, error) {
	g, err := newGraph(p.Document())
	if err != nil {
		return "", err
	}
	s := &pythonSource{graph: g, taken: map[string]bool{}, parts: map[string]bool{}, unread: slices.Clone(g.uses), numbers: map[int]int{}}
	for _, word := range strings.Fields(reserved) {
		s.taken[word] = true
	}
	for i, o := range s.Operations {
		if s.live[i] {
			if err := s.operation(i+1, o); err != nil {
				return "", err
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\"\"\"A convolutional network for images of %d channels, %d rows and %d columns in %d classes.\n\n", s.Input.Channels,
		s.Input.Height, s.Input.Width, s.Input.Classes)
	b.WriteString(`    network = load("network.safetensors")
    logits = network(images)  # float32, N x channels x rows x columns, normalized like the training images

Written by graphpnas.
"""
`)
	b.WriteString(pythonImports)
	fmt.Fprintf(&b, "\n# The architecture, as its search space writes it.\nARCHITECTURE = %s\n\n", strconv.QuoteToASCII(s.Arch))
	b.WriteString("# The name of each layer in the file of weights.\nNAMES = {\n" + s.names.String() + "}\n")
	for _, part := range pythonParts {
		if s.parts[part.name] {
			b.WriteString("\n\n" + part.source)
		}
	}
	b.WriteString("\n\nclass Network(nn.Module):\n    def __init__(self):\n        super().__init__()\n" + s.layers.String())
	b.WriteString("\n    def forward(self, images):\n" + s.forward.String())
	fmt.Fprintf(&b, "        return %s%s\n\n\n", s.variable(s.Logits), s.flattened(s.Logits))
	b.WriteString(pythonLoad)
	return b.String(), nil
}

// flattened returns an expression suffix that flattens the logits' single pixel, unless they are already flat.
func (s *pythonSource) flattened(value int) string {
	if s.classifies(value) {
		return ""
	}
	return ".flatten(1)"
}

// assign assigns a variable to a value. It reuses variables whose values are no longer needed, so that their memory is freed.
func (s *pythonSource) assign(value int, inputs []int) {
	for _, v := range inputs {
		if s.unread[v]--; s.unread[v] == 0 && v > 0 {
			s.free = append(s.free, s.numbers[v])
		}
	}
	if len(s.free) == 0 {
		s.free = append(s.free, s.count)
		s.count++
	}
	slices.Sort(s.free)
	s.numbers[value], s.free = s.free[0], s.free[1:]
}

// variable returns the variable of a value.
func (s *pythonSource) variable(value int) string {
	if value == 0 {
		return "images"
	}
	return "x" + strconv.Itoa(s.numbers[value])
}

// layer adds a layer and returns an expression for it.
func (s *pythonSource) layer(name, format string, args ...any) string {
	attribute := identifier(name)
	for n := 2; s.taken[attribute]; n++ {
		attribute = identifier(name) + "_" + strconv.Itoa(n)
	}
	s.taken[attribute] = true
	fmt.Fprintf(&s.names, "    %q: %s,\n", attribute, strconv.QuoteToASCII(name))
	fmt.Fprintf(&s.layers, "        self.%s = %s\n", attribute, fmt.Sprintf(format, args...))
	s.head(name)
	return "self." + attribute
}

// head writes a comment if the layer belongs to another part of the network than the previous one. A part consists of the layers
// whose names are equal up to the last dot.
func (s *pythonSource) head(name string) {
	part := name[:max(0, strings.LastIndexByte(name, '.'))]
	if part != s.part && part != "" {
		fmt.Fprintf(&s.forward, "        # %s\n", strings.Trim(strconv.QuoteToASCII(part), `"`))
	}
	s.part = part
}

// identifier converts a layer's name to a Python identifier.
func identifier(name string) string {
	text := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
	if text == "" || text[0] >= '0' && text[0] <= '9' || text[0] == '_' {
		return "layer_" + text
	}
	return text
}
