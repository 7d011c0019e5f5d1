package export

import (
	"fmt"
	"math"

	"github.com/graphpnas/graphpnas/evaluator/network"
)

// operation adds the nodes that compute a value.
func (m *onnxModel) operation(value int, o network.Operation) error {
	output := m.value(value)
	inputs := make([]string, len(o.Inputs))
	for i, v := range o.Inputs {
		inputs[i] = m.value(v)
	}
	switch o.Op {
	case network.OpConv, network.OpDepthwiseConv:
		return m.convolution(o, inputs[0], output)
	case network.OpLinear:
		return m.linear(value, o, inputs[0])
	case network.OpBatchNorm:
		return m.batchNorm(o, inputs[0], output)
	case network.OpReLU:
		m.node("Relu", inputs, output)
	case network.OpMaxPool:
		m.pool("MaxPool", o, output)
	case network.OpAvgPool:
		m.pool("AveragePool", o, output, attribute("count_include_pad", 0))
	case network.OpGlobalAvgPool:
		m.node("GlobalAveragePool", inputs, output)
	case network.OpSubsample:
		m.subsample(o, inputs[0], output)
	case network.OpSum:
		m.node("Sum", inputs, output)
	case network.OpAverage:
		m.node("Mean", inputs, output)
	case network.OpWeightedSum:
		return m.weightedSum(o, inputs, output)
	case network.OpConcat:
		m.node("Concat", inputs, output, attribute("axis", 1))
	case network.OpFirstChannels:
		m.node("Slice", []string{inputs[0], m.integers(0), m.integers(o.Shape[0]), m.integers(1)}, output)
	case network.OpZero:
		m.zero(o, output)
	default:
		return unsupported(o, "ONNX")
	}
	return nil
}

func (m *onnxModel) convolution(o network.Operation, input, output string) error {
	channels, _, _ := m.shape(o.Inputs[0])
	weight, groups, perGroup := o.Name+".weight", 1, channels
	if o.Op == network.OpDepthwiseConv {
		groups, perGroup = channels, 1
	}
	// The weights are kernel × kernel × input channels × output channels; those of a depthwise convolution have one kind of channels.
	taps, rows := o.Kernel*o.Kernel, perGroup
	values := transposed(m.weights.Of(weight), taps*rows, o.Shape[0])
	for out := range o.Shape[0] {
		part := values[out*taps*rows : (out+1)*taps*rows]
		copy(part, transposed(part, taps, rows))
	}
	if err := m.floats(weight, values, o.Shape[0], perGroup, o.Kernel, o.Kernel); err != nil {
		return err
	}
	pad := o.Dilation * (o.Kernel - 1) / 2
	m.node("Conv", []string{input, weight}, output, attribute("group", groups), attribute("kernel_shape", []int{o.Kernel, o.Kernel}),
		attribute("strides", []int{o.Stride, o.Stride}), attribute("dilations", []int{o.Dilation, o.Dilation}),
		attribute("pads", []int{pad, pad, pad, pad}))
	return nil
}

// transposed returns the transpose of a matrix.
func transposed(x []float32, rows, columns int) []float32 {
	y := make([]float32, len(x))
	for i := range rows {
		for j := range columns {
			y[j*rows+i] = x[i*columns+j]
		}
	}
	return y
}

// linear flattens the single pixel and adds the linear layer. If other layers read the result, it is reshaped to a pixel again.
func (m *onnxModel) linear(value int, o network.Operation, input string) error {
	weight, bias, output := o.Name+".weight", o.Name+".bias", m.value(value)
	in, _, _ := m.shape(o.Inputs[0])
	if err := m.floats(weight, transposed(m.weights.Of(weight), in, o.Shape[0]), o.Shape[0], in); err != nil {
		return err
	}
	if err := m.floats(bias, m.weights.Of(bias), o.Shape[0]); err != nil {
		return err
	}
	m.node("Flatten", []string{input}, output+".flat")
	gemm := func(product string) {
		m.node("Gemm", []string{output + ".flat", weight, bias}, product, attribute("transB", 1))
	}
	if m.classifies(value) {
		gemm("logits")
		return nil
	}
	gemm(output + ".product")
	m.node("Unsqueeze", []string{output + ".product", m.integers(2, 3)}, output)
	return nil
}

func (m *onnxModel) batchNorm(o network.Operation, input, output string) error {
	inputs := []string{input}
	for _, suffix := range []string{".weight", ".bias", ".running_mean", ".running_var"} {
		name := o.Name + suffix
		if err := m.floats(name, m.weights.Of(name), o.Shape[0]); err != nil {
			return err
		}
		inputs = append(inputs, name)
	}
	m.node("BatchNormalization", inputs, output, attribute("epsilon", float32(o.Epsilon)))
	return nil
}

func (m *onnxModel) pool(op string, o network.Operation, output string, attributes ...message) {
	_, height, width := m.shape(o.Inputs[0])
	top, bottom := pads(o, height)
	left, right := pads(o, width)
	m.node(op, []string{m.value(o.Inputs[0])}, output, append(attributes, attribute("kernel_shape", []int{o.Kernel, o.Kernel}),
		attribute("strides", []int{o.Stride, o.Stride}), attribute("pads", []int{top, left, bottom, right}))...)
}

func (m *onnxModel) subsample(o network.Operation, input, output string) {
	_, height, width := m.shape(o.Inputs[0])
	if bottom, right := missing(o, height), missing(o, width); bottom > 0 || right > 0 {
		m.node("Pad", []string{input, m.integers(0, 0, 0, 0, 0, 0, bottom, right)}, output+".padded")
		input = output + ".padded"
	}
	m.node("Slice", []string{
		input, m.integers(o.From, o.From), m.integers(math.MaxInt32, math.MaxInt32), m.integers(2, 3), m.integers(o.Stride, o.Stride),
	}, output)
}

// weightedSum adds a weighted sum. The sigmoids of the weights become constants.
func (m *onnxModel) weightedSum(o network.Operation, inputs []string, output string) error {
	terms := make([]string, len(inputs))
	for i, w := range m.weights.Of(o.Name + ".weight") {
		factor := fmt.Sprintf("%s.weight.sigmoid.%d", o.Name, i)
		if err := m.floats(factor, []float32{float32(1 / (1 + math.Exp(-float64(w))))}); err != nil {
			return err
		}
		terms[i] = fmt.Sprintf("%s.term%d", output, i)
		m.node("Mul", []string{inputs[i], factor}, terms[i])
	}
	m.node("Sum", terms, output)
	return nil
}

func (m *onnxModel) zero(o network.Operation, output string) {
	if m.batch == "" {
		m.batch = "batch"
		m.node("Shape", []string{"images"}, m.batch, attribute("start", 0), attribute("end", 1))
	}
	m.node("Concat", []string{m.batch, m.integers(o.Shape...)}, output+".shape", attribute("axis", 0))
	m.node("ConstantOfShape", []string{output + ".shape"}, output)
}
