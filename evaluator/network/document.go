package network

import (
	"bytes"
	_ "embed" // the schema is a separate file so that other languages can use it
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// ErrFormat is wrapped by the error of reading a plan or a file that is truncated, altered, of another version or of another
// format.
var ErrFormat = errors.New("malformed")

// DocumentVersion is the version of the documents that this package writes. It can read all versions up to this one.
const DocumentVersion = 1

//go:embed plan.schema.json
var documentSchema string

// DocumentSchema returns the JSON Schema (draft 2020-12) of a [Document].
func DocumentSchema() string { return documentSchema }

// Document is a [Plan] as data. It is the JSON form of a plan, and contains everything that another program needs to build the
// network. docs/plan.md describes every operation.
//
// Values are numbered: value 0 is the images, and value i+1 is the result of operation i. Operations are in topological order.
// They include operations that the logits do not depend on, because benchmarks count their parameters.
type Document struct {
	// Version is DocumentVersion.
	Version int `json:"plan"`
	// Arch is the text of the architecture, for messages.
	Arch string `json:"arch"`
	// Input describes the images.
	Input Input `json:"input"`
	// Parameters lists the parameters of all operations, in the order of the operations.
	Parameters []Parameter `json:"parameters"`
	// Operations are in topological order.
	Operations []Operation `json:"operations"`
	// Logits is the number of the value with the logits, which has one pixel and a channel for each class.
	Logits int `json:"logits"`
}

// The names of operations.
const (
	OpConv          = "conv"
	OpDepthwiseConv = "depthwise_conv"
	OpLinear        = "linear"
	OpBatchNorm     = "batch_norm"
	OpReLU          = "relu"
	OpMaxPool       = "max_pool"
	OpAvgPool       = "avg_pool"
	OpGlobalAvgPool = "global_avg_pool"
	OpSubsample     = "subsample"
	OpSum           = "sum"
	OpAverage       = "average"
	OpWeightedSum   = "weighted_sum"
	OpConcat        = "concat"
	OpFirstChannels = "first_channels"
	OpZero          = "zero"
)

// ModeRunning is the mode of batch normalization that normalizes by the moments of the batch in training and by the running
// statistics in evaluation. Training updates the running statistics.
const ModeRunning = "running"

// Operation is one operation of a [Document]. The fields after Name are zero unless the corresponding method of Builder has such
// an argument.
type Operation struct {
	// Op is the kind of the operation, such as OpConv.
	Op string `json:"op"`
	// Inputs are the numbers of the values that it reads.
	Inputs []int `json:"inputs"`
	// Shape is the shape of the result for one image: channels, height, width.
	Shape []int `json:"shape"`
	// Name is the name of the layer if it has parameters. They are called Name.weight, Name.bias, Name.running_mean and
	// Name.running_var.
	Name string `json:"name,omitempty"`

	// Kernel is the number of rows and columns of a window.
	Kernel int `json:"kernel,omitempty"`
	// Stride is the distance between windows, or between the pixels that OpSubsample keeps.
	Stride int `json:"stride,omitempty"`
	// Dilation is the distance between the pixels of a window.
	Dilation int `json:"dilation,omitempty"`
	// From is the first row and column that OpSubsample keeps.
	From int `json:"from,omitempty"`
	// Epsilon is added to the variance in OpBatchNorm.
	Epsilon float64 `json:"epsilon,omitempty"`
	// Momentum is the weight of a batch in the updated running statistics.
	Momentum float64 `json:"momentum,omitempty"`
	// Mode is ModeRunning for OpBatchNorm.
	Mode string `json:"mode,omitempty"`
}

// ParsePlan decodes a plan from the JSON that MarshalJSON writes. The plan can be counted, built, trained and exported like the
// original. The error wraps [ErrFormat]; it also wraps [ErrShape] or [ErrTooLarge] if the document has the right form, but
// describes a network that is impossible or too large.
func ParsePlan(text []byte) (*Plan, error) {
	p := new(Plan)
	if err := p.UnmarshalJSON(text); err != nil {
		return nil, err
	}
	return p, nil
}

// MarshalJSON encodes the plan's Document. A layout that the plan shares with others is not
// included. MarshalJSON returns an error if the name of a layer is not valid UTF-8.
func (p *Plan) MarshalJSON() ([]byte, error) {
	for _, param := range p.params {
		if !utf8.ValidString(param.Name) {
			return nil, fmt.Errorf("network of %s: parameter %q: the name must be valid UTF-8", p.arch, param.Name)
		}
	}
	return json.Marshal(p.Document())
}

// UnmarshalJSON decodes a document into *p; see [ParsePlan].
func (p *Plan) UnmarshalJSON(text []byte) error {
	var d Document
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&d)
	if err == nil {
		if _, after := decoder.Token(); !errors.Is(after, io.EOF) {
			err = errors.New("text after the end of the document")
		}
	}
	if err != nil {
		var any struct {
			Version *int `json:"plan"`
		}
		if json.Unmarshal(text, &any) == nil && any.Version != nil && *any.Version != DocumentVersion {
			err = versionError(*any.Version)
		}
		return fmt.Errorf("plan: %w: %w", ErrFormat, err)
	}
	q, err := d.Plan()
	if err != nil {
		return err
	}
	*p = *q
	return nil
}

func versionError(version int) error {
	return fmt.Errorf("version must be from 1 to %d, got %d", DocumentVersion, version)
}

// Document returns the plan as data. Changes to the document do not affect the plan.
func (p *Plan) Document() *Document {
	d := &Document{Version: DocumentVersion, Arch: p.arch, Input: p.input, Logits: p.logits}
	d.Parameters = append([]Parameter{}, p.params...)
	for i := range d.Parameters {
		d.Parameters[i].Shape = slices.Clone(d.Parameters[i].Shape)
	}
	d.Operations = make([]Operation, len(p.nodes))
	for i, n := range p.nodes {
		o := operationOf(n.layer)
		o.Inputs = append([]int{}, n.inputs...)
		o.Shape = shapeOf(p.sizes[i+1])
		if len(n.params) > 0 {
			o.Name = strings.TrimSuffix(p.params[n.params[0]].Name, ".weight")
		}
		d.Operations[i] = o
	}
	return d
}

// operationOf returns the operation of a layer, without the fields that depend on the rest of the network.
func operationOf(l layer) Operation {
	switch l := l.(type) {
	case dense:
		return Operation{Op: OpConv, Kernel: l.Size, Stride: l.Stride, Dilation: l.Dilation}
	case depthwise:
		return Operation{Op: OpDepthwiseConv, Kernel: l.Size, Stride: l.Stride, Dilation: l.Dilation}
	case linear:
		return Operation{Op: OpLinear}
	case *norm:
		return Operation{Op: OpBatchNorm, Epsilon: l.Epsilon, Momentum: l.momentum, Mode: ModeRunning}
	case relu:
		return Operation{Op: OpReLU}
	case maxPool:
		return Operation{Op: OpMaxPool, Kernel: l.Size, Stride: l.Stride}
	case avgPool:
		return Operation{Op: OpAvgPool, Kernel: l.Size, Stride: l.Stride}
	case globalPool:
		return Operation{Op: OpGlobalAvgPool}
	case subsample:
		return Operation{Op: OpSubsample, Stride: l.Step, From: l.From}
	case sum:
		if l.factor == 1 {
			return Operation{Op: OpSum}
		}
		return Operation{Op: OpAverage}
	case weightedSum:
		return Operation{Op: OpWeightedSum}
	case concat:
		return Operation{Op: OpConcat}
	case first:
		return Operation{Op: OpFirstChannels}
	case zero:
		return Operation{Op: OpZero}
	}
	panic(fmt.Sprintf("no operation for layer %T", l)) // unreachable: the Builder adds no other layers
}
