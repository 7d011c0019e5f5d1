package network

import (
	"bytes"
	_ "embed" // the schema is a file of its own, for programs in other languages
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// ErrFormat is wrapped by the error for a plan or a file that cannot be read: truncated, altered, of another version, or
// something else altogether.
var ErrFormat = errors.New("malformed")

// DocumentVersion is the version of the documents that this package writes. It reads all versions up to this one.
const DocumentVersion = 1

//go:embed plan.schema.json
var documentSchema string

// DocumentSchema returns the JSON Schema (draft 2020-12) of a [Document].
func DocumentSchema() string { return documentSchema }

// Document is a [Plan] as data: what the JSON form holds, and what a program needs that builds the network elsewhere.
// docs/plan.md describes every operation.
//
// Operations are in topological order. Value 0 is the images and value i+1 is the result of operation i; inputs and logits
// are such numbers. Operations that the logits do not depend on are listed as well, because benchmarks count their
// parameters.
type Document struct {
	// Version is DocumentVersion.
	Version int `json:"plan"`
	// Arch is the architecture in writing, for messages.
	Arch string `json:"arch"`
	// Input is what the network classifies.
	Input Input `json:"input"`
	// Parameters are those of all operations, in the order of the operations.
	Parameters []Parameter `json:"parameters"`
	// Operations are in topological order.
	Operations []Operation `json:"operations"`
	// Logits is the value that has the logits: one pixel with a channel for each class.
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

// ModeRunning is the mode of batch normalisation that normalises by the batch's moments in training, which moves the running
// statistics, and by the running statistics in evaluation.
const ModeRunning = "running"

// Operation is one step of a [Document]. The fields after Name are set for the operations that have them, which are those
// that the Builder's methods give a kernel, a stride and so on, and zero for the others.
type Operation struct {
	// Op is one of the constants, such as OpConv.
	Op string `json:"op"`
	// Inputs are the values that it reads.
	Inputs []int `json:"inputs"`
	// Shape is that of an image's result: channels, height, width.
	Shape []int `json:"shape"`
	// Name is the layer's name if it has parameters. They are called Name.weight, Name.bias, Name.running_mean and
	// Name.running_var.
	Name string `json:"name,omitempty"`

	// Kernel is the number of rows and columns of a window.
	Kernel int `json:"kernel,omitempty"`
	// Stride is the distance of windows, or of pixels that are kept.
	Stride int `json:"stride,omitempty"`
	// Dilation is the distance of the pixels that a kernel reads.
	Dilation int `json:"dilation,omitempty"`
	// From is the first row and column of OpSubsample.
	From int `json:"from,omitempty"`
	// Epsilon is added to the variance in OpBatchNorm.
	Epsilon float64 `json:"epsilon,omitempty"`
	// Momentum is the share of a batch in the new running statistics.
	Momentum float64 `json:"momentum,omitempty"`
	// Mode is ModeRunning.
	Mode string `json:"mode,omitempty"`
}

// ParsePlan reads the JSON form of a plan, as MarshalJSON writes it. The plan is complete: it can be counted, trained,
// evaluated and exported like the one that was written. The error wraps [ErrFormat], and for a document of the right form
// also ErrShape or ErrTooLarge if the network it describes is impossible or too large.
func ParsePlan(text []byte) (*Plan, error) {
	p := new(Plan)
	if err := p.UnmarshalJSON(text); err != nil {
		return nil, err
	}
	return p, nil
}

// MarshalJSON writes the plan's Document. A layout that it shares with other plans is not part of it. It returns an error if
// the name of a layer is not valid UTF-8.
func (p *Plan) MarshalJSON() ([]byte, error) {
	for _, param := range p.params {
		if !utf8.ValidString(param.Name) {
			return nil, fmt.Errorf("network of %s: parameter %q: the name must be valid UTF-8", p.arch, param.Name)
		}
	}
	return json.Marshal(p.Document())
}

// UnmarshalJSON makes *p the plan that a document describes. See [ParsePlan].
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

// Document returns the plan as data. Changing it does not change the plan.
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

// operationOf returns the operation of a layer, without what the network around it decides.
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
	panic(fmt.Sprintf("no operation for layer %T", l)) // unreachable: the Builder makes no other
}
