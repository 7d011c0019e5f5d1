package nb101_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/nb101"
)

// modelMetrics describes the protocol buffer as documented by the package.
var modelMetrics = func() protoreflect.MessageDescriptor {
	field := func(number int32, name string, of descriptorpb.FieldDescriptorProto_Type) *descriptorpb.FieldDescriptorProto {
		return &descriptorpb.FieldDescriptorProto{
			Name: proto.String(name), Number: proto.Int32(number), Type: of.Enum(),
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		}
	}
	const (
		double = descriptorpb.FieldDescriptorProto_TYPE_DOUBLE
		int32  = descriptorpb.FieldDescriptorProto_TYPE_INT32
		text   = descriptorpb.FieldDescriptorProto_TYPE_STRING
	)
	evaluations := field(1, "evaluation_data", descriptorpb.FieldDescriptorProto_TYPE_MESSAGE)
	evaluations.Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
	evaluations.TypeName = proto.String(".EvaluationData")
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("model_metrics.proto"), Syntax: proto.String("proto2"),
		MessageType: []*descriptorpb.DescriptorProto{
			{Name: proto.String("ModelMetrics"), Field: []*descriptorpb.FieldDescriptorProto{
				evaluations, field(2, "trainable_parameters", int32), field(3, "total_time", double),
			}},
			{Name: proto.String("EvaluationData"), Field: []*descriptorpb.FieldDescriptorProto{
				field(1, "current_epoch", double), field(2, "training_time", double), field(3, "train_accuracy", double),
				field(4, "validation_accuracy", double), field(5, "test_accuracy", double), field(6, "checkpoint_path", text),
			}},
		},
	}, nil)
	if err != nil {
		panic(err)
	}
	return file.Messages().ByName("ModelMetrics")
}()

// double returns the named field of a message, or NaN if it is not set.
func double(m protoreflect.Message, name protoreflect.Name) float64 {
	f := m.Descriptor().Fields().ByName(name)
	if !m.Has(f) {
		return math.NaN()
	}
	return m.Get(f).Float()
}

// sameAsProtobuf reports whether the protobuf library decodes a message to the same metrics. It
// compares formatted values, because NaN does not equal NaN.
func sameAsProtobuf(t require.TestingT, message []byte, m nb101.Metrics) {
	dynamic := dynamicpb.NewMessage(modelMetrics)
	require.NoError(t, proto.Unmarshal(message, dynamic))
	want := nb101.Metrics{
		Parameters: int32(dynamic.Get(modelMetrics.Fields().ByNumber(2)).Int()),
		TotalTime:  double(dynamic, "total_time"),
	}
	evaluations := dynamic.Get(modelMetrics.Fields().ByNumber(1)).List()
	require.Equal(t, len(want.Evaluations), evaluations.Len())
	for i := range want.Evaluations {
		e := evaluations.Get(i).Message()
		want.Evaluations[i] = nb101.Evaluation{
			nb101.TrainingTime:       float32(double(e, "training_time")),
			nb101.TrainAccuracy:      float32(double(e, "train_accuracy")),
			nb101.ValidationAccuracy: float32(double(e, "validation_accuracy")),
			nb101.TestAccuracy:       float32(double(e, "test_accuracy")),
		}
	}
	require.Equal(t, fmt.Sprint(want), fmt.Sprint(m))
}

// decodeMetrics decodes metrics of a training run with the given number of epochs.
func decodeMetrics(message []byte, epochs int) (nb101.Metrics, error) {
	row, err := decode(fmt.Sprintf(`["043721b9c7fe8c5fad811d47d83132ec", %d, "0100", "input,output", %q]`,
		epochs, base64.StdEncoding.EncodeToString(message)))
	return row.Metrics, err
}

func TestMetricsAreWhatProtobufReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := anyRow(t)
		message := messageOf(t, row.AppendTo(nil))
		m, err := decodeMetrics(message, row.Epochs)
		require.NoError(t, err)
		sameAsProtobuf(t, message, m)
	})
}

// appendDouble appends a double to a message.
func appendDouble(message []byte, field protowire.Number, v float64) []byte {
	message = protowire.AppendTag(message, field, protowire.Fixed64Type)
	return protowire.AppendFixed64(message, math.Float64bits(v))
}

// appendEvaluation appends an evaluation to a message.
func appendEvaluation(message, evaluation []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(message, 1, protowire.BytesType), evaluation)
}

// threeEvaluations returns a message with three evaluations, of which the given one is the last.
func threeEvaluations(last []byte) []byte {
	return appendEvaluation(appendEvaluation(appendEvaluation(nil, nil), nil), last)
}

func TestUnsetIsNotZero(t *testing.T) {
	unset, err := decodeMetrics(threeEvaluations(nil), 108)
	require.NoError(t, err)
	zero, err := decodeMetrics(threeEvaluations(appendDouble(nil, 5, 0)), 108)
	require.NoError(t, err)
	assert.True(t, math.IsNaN(unset.TotalTime))
	assert.Zero(t, unset.Parameters)
	for i := range unset.Evaluations[nb101.Final] {
		assert.True(t, math.IsNaN(float64(unset.Evaluations[nb101.Final][i])))
		assert.Equal(t, i != nb101.TestAccuracy, math.IsNaN(float64(zero.Evaluations[nb101.Final][i])))
	}
}

func TestUnknownFieldsAreSkipped(t *testing.T) {
	message := threeEvaluations(appendDouble(protowire.AppendString(
		protowire.AppendTag(nil, 6, protowire.BytesType), "/tmp/model.ckpt-0"), 4, 0.5))
	message = appendDouble(message, 77, -1)
	message = protowire.AppendGroup(protowire.AppendTag(message, 78, protowire.StartGroupType), 78, nil)
	m, err := decodeMetrics(message, 108)
	require.NoError(t, err)
	assert.Equal(t, float32(0.5), m.Evaluations[nb101.Final][nb101.ValidationAccuracy])
	sameAsProtobuf(t, message, m)
}

func TestBadMetrics(t *testing.T) {
	final := func(field protowire.Number, v float64) []byte { return threeEvaluations(appendDouble(nil, field, v)) }
	three := slices.Clip(threeEvaluations(nil))
	for name, bad := range map[string]struct {
		message []byte
		error   string
	}{
		"two evaluations":        {three[:4], "got 2 evaluations, want 3"},
		"four evaluations":       {appendEvaluation(three, nil), "field 1: there must be at most 3 evaluations"},
		"evaluation no message":  {protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 1), "field 1: unexpected wire type"},
		"evaluation too long":    {append(three[:4:4], 0x0a, 0x05, 0x00), "field 1: unexpected EOF"},
		"evaluation of 2⁶⁴ − 1":  {append([]byte{0x0a}, protowire.AppendVarint(nil, math.MaxUint64)...), "field 1: unexpected EOF"},
		"accuracy above one":     {final(4, 1.5), "field 1: field 4: 1.5 is out of range"},
		"accuracy below zero":    {final(3, -0.5), "field 1: field 3: -0.5 is out of range"},
		"accuracy not a number":  {final(5, math.NaN()), "field 1: field 5: NaN is out of range"},
		"negative time":          {final(2, -1), "field 1: field 2: -1 is out of range"},
		"infinite time":          {final(2, math.Inf(1)), "field 1: field 2: +Inf is out of range"},
		"time of centuries":      {final(2, 1e10), "field 1: field 2: 1e+10 is out of range"},
		"infinite total time":    {appendDouble(three, 3, math.Inf(1)), "field 3: +Inf is out of range"},
		"not the final epoch":    {final(1, 54), "field 1: field 1: got an evaluation at epoch 54, want 108"},
		"epoch not a number":     {final(1, math.NaN()), "field 1: field 1: NaN is out of range"},
		"single precision":       {threeEvaluations(protowire.AppendFixed32(protowire.AppendTag(nil, 4, protowire.Fixed32Type), 0)), "field 4: unexpected wire type"},
		"figure cut off":         {threeEvaluations(appendDouble(nil, 4, 0.5)[:8]), "field 1: field 4: unexpected EOF"},
		"no parameters":          {protowire.AppendVarint(protowire.AppendTag(three, 2, protowire.VarintType), 0), "field 2: 0 is out of range"},
		"negative parameters":    {protowire.AppendVarint(protowire.AppendTag(three, 2, protowire.VarintType), math.MaxUint64), "field 2: -1 is out of range"},
		"parameters a string":    {protowire.AppendString(protowire.AppendTag(three, 2, protowire.BytesType), "1"), "field 2: unexpected wire type"},
		"field beyond all":       {append(three, 0x80, 0x80, 0x80, 0x80, 0x10, 0), "field 536870912: invalid field number"},
		"parameters cut off":     {append(three, 0x10, 0x80), "field 2: unexpected EOF"},
		"unknown field too long": {append(three, 0x7a, 0x7f), "field 15: unexpected EOF"},
		"field zero":             {[]byte{0x00}, "invalid field number"},
		"unknown wire type":      {[]byte{0x0f}, "field 1: unexpected wire type"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decodeMetrics(bad.message, 108)
			assert.ErrorContains(t, err, "metrics: ")
			assert.ErrorContains(t, err, bad.error)
		})
	}
}

// FuzzMetrics compares the decoder with the protobuf library.
func FuzzMetrics(f *testing.F) {
	f.Add(messageOf(f, []byte(published)), uint16(4))
	f.Add(threeEvaluations(nil), uint16(108))
	f.Add(threeEvaluations(appendDouble(appendDouble(nil, 1, 12), 2, 7)), uint16(12))
	f.Add(appendEvaluation([]byte{0x10, 0x05, 0x19}, nil), uint16(36))
	f.Add(append(slices.Clip(threeEvaluations(nil)), 0x80, 0x80, 0x80, 0x80, 0x10, 0), uint16(108)) // field 2²⁹
	f.Fuzz(func(t *testing.T, message []byte, epochs uint16) {
		m, err := decodeMetrics(message, int(epochs))
		if err != nil {
			require.ErrorContains(t, err, ": ")
			return
		}
		sameAsProtobuf(t, message, m)
	})
}

// messageOf returns the encoded metrics of a row.
func messageOf(t require.TestingT, row []byte) []byte {
	var elements [5]any
	require.NoError(t, json.Unmarshal(row, &elements))
	message, err := base64.StdEncoding.DecodeString(elements[4].(string))
	require.NoError(t, err)
	return message
}
