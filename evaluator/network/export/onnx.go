package export

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"

	"github.com/graphpnas/graphpnas/evaluator/network"
)

// The ONNX versions that are written. ONNX 1.12 and ONNX Runtime 1.12, both of 2022, and later versions can read them.
const (
	Opset     = 17
	irVersion = 8
)

// maxModel is the maximum size of a protocol buffer in bytes.
const maxModel = math.MaxInt32

// ONNX writes a network with its weights as an ONNX model of opset 17. The input is "images", N×C×H×W, and the output is "logits",
// N×classes. The weights keep their names and are stored in ONNX's layouts: output channels × input channels × height × width for
// convolutions.
//
// weights must contain all parameters of the plan, and may contain others. The error wraps network.ErrShape if one is missing or has
// another shape. ONNX returns an error if the model is larger than 2 GiB; use [ONNXExternal] instead.
func ONNX(w io.Writer, p *network.Plan, weights *network.Weights) error {
	return writeONNX(w, nil, "", p, weights)
}

// ONNXExternal is like [ONNX] for models of any size: it writes the network to w and the weights to data. location is the path of
// the data file relative to the directory of the model, with slashes. It must not lead out of that directory.
func ONNXExternal(w, data io.Writer, location string, p *network.Plan, weights *network.Weights) error {
	if !filepath.IsLocal(location) {
		return fmt.Errorf("ONNX: the location of external data must be a path inside the model's directory, got %q", location)
	}
	return writeONNX(w, data, location, p, weights)
}

func writeONNX(w, data io.Writer, location string, p *network.Plan, weights *network.Weights) error {
	own, err := p.Own(weights)
	if err != nil {
		return fmt.Errorf("ONNX: %w", err)
	}
	model, err := newModel(p, own, data, location)
	if err == nil && len(model) > maxModel {
		err = errors.New("the model is larger than 2 GiB: use ONNXExternal to write its weights to a separate file")
	}
	if err == nil {
		_, err = w.Write(model)
	}
	if err != nil {
		return fmt.Errorf("ONNX: network of %s: %w", p.Arch(), err)
	}
	return nil
}

// onnxModel collects the parts of a GraphProto.
type onnxModel struct {
	*graph
	weights  *network.Weights
	external io.Writer // destination of external weights, or nil
	location string
	offset   int // offset in the external data

	nodes, initializers message // fields of the GraphProto
	constants           int
	batch               string // name of the value N, if it was needed
}

// newModel returns the ModelProto.
func newModel(p *network.Plan, weights *network.Weights, external io.Writer, location string) (message, error) {
	g, err := newGraph(p.Document())
	if err != nil {
		return nil, err
	}
	m := &onnxModel{graph: g, weights: weights, external: external, location: location}
	for i, o := range m.Operations {
		if m.live[i] {
			if err := m.operation(i+1, o); err != nil {
				return nil, err
			}
		}
	}
	if !m.classifies(m.Logits) {
		m.node("Flatten", []string{m.value(m.Logits)}, "logits")
	}
	var graph, opset, model message
	graph = append(graph, m.nodes...)
	graph.text(2, "network")
	graph = append(graph, m.initializers...)
	graph.text(10, m.Arch)
	graph.bytes(11, valueInfo("images", m.Input.Channels, m.Input.Height, m.Input.Width))
	graph.bytes(12, valueInfo("logits", m.Input.Classes))
	opset.text(1, "")
	opset.integer(2, Opset)
	model.integer(1, irVersion)
	model.text(2, "graphpnas")
	model.bytes(7, graph)
	model.bytes(8, opset)
	return model, nil
}

// value returns the name of a value.
func (m *onnxModel) value(v int) string {
	if v == 0 {
		return "images"
	}
	return "value" + strconv.Itoa(v)
}

// node adds a NodeProto.
func (m *onnxModel) node(op string, inputs []string, output string, attributes ...message) {
	var n message
	for _, v := range inputs {
		n.text(1, v)
	}
	n.text(2, output)
	n.text(3, op+" of "+output)
	n.text(4, op)
	for _, a := range attributes {
		n.bytes(5, a)
	}
	m.nodes.bytes(1, n)
}

// integers adds a constant and returns its name.
func (m *onnxModel) integers(values ...int) string {
	name := "constant" + strconv.Itoa(m.constants)
	m.constants++
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	var t message
	t.integer(1, int64(len(values)))
	t.integer(2, typeInt64)
	t.text(8, name)
	t.bytes(9, raw)
	m.initializers.bytes(5, t)
	return name
}

// floats adds a tensor, in the model or as external data.
func (m *onnxModel) floats(name string, values []float32, shape ...int) error {
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	var t message
	for _, d := range shape {
		t.integer(1, int64(d))
	}
	t.integer(2, typeFloat)
	t.text(8, name)
	if m.external == nil {
		t.bytes(9, raw)
	} else {
		t.bytes(13, property("location", m.location))
		t.bytes(13, property("offset", strconv.Itoa(m.offset)))
		t.bytes(13, property("length", strconv.Itoa(len(raw))))
		t.integer(14, 1) // data_location = EXTERNAL
		if _, err := m.external.Write(raw); err != nil {
			return err
		}
		m.offset += len(raw)
	}
	m.initializers.bytes(5, t)
	return nil
}
