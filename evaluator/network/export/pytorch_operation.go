package export

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator/network"
)

// operation adds the line that computes a value.
func (s *pythonSource) operation(value int, o network.Operation) error {
	inputs := make([]string, len(o.Inputs))
	for i, v := range o.Inputs {
		inputs[i] = s.variable(v)
	}
	all := strings.Join(inputs, ", ")
	var e string
	switch o.Op {
	case network.OpConv, network.OpDepthwiseConv:
		e = s.convolution(o) + "(" + all + ")"
	case network.OpLinear:
		channels, _, _ := s.shape(o.Inputs[0])
		e = fmt.Sprintf("%s(%s.flatten(1))", s.layer(o.Name, "nn.Linear(%d, %d)", channels, o.Shape[0]), all)
		if !s.classifies(value) {
			e += "[:, :, None, None]"
		}
	case network.OpBatchNorm:
		e = s.layer(o.Name, "nn.BatchNorm2d(%d, eps=%v, momentum=%v)", o.Shape[0], o.Epsilon, o.Momentum) + "(" + all + ")"
	case network.OpReLU:
		e = "F.relu(" + all + ")"
	case network.OpMaxPool, network.OpAvgPool:
		e = s.pool(o, all)
	case network.OpGlobalAvgPool:
		e = all + ".mean((2, 3), keepdim=True)"
	case network.OpSubsample:
		e = s.subsample(o, all)
	case network.OpSum:
		e = strings.Join(inputs, " + ")
	case network.OpAverage:
		e = fmt.Sprintf("(%s) / %d", strings.Join(inputs, " + "), len(inputs))
	case network.OpWeightedSum:
		s.parts["WeightedSum"] = true
		e = s.layer(o.Name, "WeightedSum(%d)", len(inputs)) + "(" + all + ")"
	case network.OpConcat:
		e = "torch.cat((" + all + "), 1)"
	case network.OpFirstChannels:
		e = fmt.Sprintf("%s[:, :%d]", all, o.Shape[0])
	case network.OpZero:
		e = fmt.Sprintf("images.new_zeros(len(images), %d, %d, %d)", o.Shape[0], o.Shape[1], o.Shape[2])
	default:
		return unsupported(o, "PyTorch")
	}
	s.assign(value, o.Inputs)
	fmt.Fprintf(&s.forward, "        %s = %s\n", s.variable(value), e)
	return nil
}

func (s *pythonSource) convolution(o network.Operation) string {
	channels, _, _ := s.shape(o.Inputs[0])
	options := ""
	if o.Stride > 1 {
		options += ", stride=" + strconv.Itoa(o.Stride)
	}
	if pad := o.Dilation * (o.Kernel - 1) / 2; pad > 0 {
		options += ", padding=" + strconv.Itoa(pad)
	}
	if o.Dilation > 1 {
		options += ", dilation=" + strconv.Itoa(o.Dilation)
	}
	if o.Op == network.OpDepthwiseConv {
		options += ", groups=" + strconv.Itoa(channels)
	}
	return s.layer(o.Name, "nn.Conv2d(%d, %d, %d%s, bias=False)", channels, o.Shape[0], o.Kernel, options)
}

// pool uses PyTorch's own padding if it is symmetric, or none if none is needed. Otherwise it uses the functions max_pool and
// avg_pool of pythonParts.
func (s *pythonSource) pool(o network.Operation, input string) string {
	name, inside := "max_pool", ""
	if o.Op == network.OpAvgPool {
		name, inside = "avg_pool", ", count_include_pad=False"
	}
	_, height, width := s.shape(o.Inputs[0])
	top, bottom := pads(o, height)
	left, right := pads(o, width)
	switch {
	case max(top, bottom, left, right) == 0:
		return fmt.Sprintf("F.%s2d(%s, %d, %d)", name, input, o.Kernel, o.Stride)
	case o.Kernel%2 == 1:
		return fmt.Sprintf("F.%s2d(%s, %d, %d, %d%s)", name, input, o.Kernel, o.Stride, top, inside)
	}
	s.parts[name] = true
	return fmt.Sprintf("%s(%s, %d, %d, (%d, %d, %d, %d))", name, input, o.Kernel, o.Stride, left, right, top, bottom)
}

func (s *pythonSource) subsample(o network.Operation, input string) string {
	_, height, width := s.shape(o.Inputs[0])
	if bottom, right := missing(o, height), missing(o, width); bottom > 0 || right > 0 {
		input = fmt.Sprintf("F.pad(%s, (0, %d, 0, %d))", input, right, bottom)
	}
	pixels := fmt.Sprintf("::%d", o.Stride)
	if o.From > 0 {
		pixels = strconv.Itoa(o.From) + pixels
	}
	return fmt.Sprintf("%s[:, :, %s, %s]", input, pixels, pixels)
}
