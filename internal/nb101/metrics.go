package nb101

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Metrics contains the recorded figures of a training run. Figures that are not recorded are NaN.
type Metrics struct {
	// Evaluations lists the evaluations before training, halfway and at the end.
	Evaluations [3]Evaluation
	// Parameters is the number of trainable parameters, or 0 if it is not recorded.
	Parameters int32
	// TotalTime is the time for training and evaluations in seconds.
	TotalTime float64
}

// Indexes of Metrics.Evaluations.
const (
	Initial = iota
	Halfway
	Final
)

// Evaluation contains the figures of an evaluation. The benchmark measured them in single precision.
type Evaluation [4]float32

// Indexes of Evaluation.
const (
	TrainingTime  = iota // seconds since the start of training
	TrainAccuracy        // from 0 to 1, like the others
	ValidationAccuracy
	TestAccuracy
)

// Field numbers of the protocol buffers.
const (
	evaluationField = 1
	parametersField = 2
	totalTimeField  = 3

	epochField       = 1
	firstFigureField = 2 // the field of TrainingTime; the others follow in order
	checkpointField  = firstFigureField + protowire.Number(len(Evaluation{}))
)

// maxSeconds limits times, so that they fit an int64 in nanoseconds.
const maxSeconds = 1e9

var nan32 = float32(math.NaN())

// fields calls found for every field of a message, with the bytes from the field's value on. found
// returns the number of bytes that it consumed, or a negative number like package protowire if they
// are invalid.
func fields(message []byte, found func(field protowire.Number, wire protowire.Type, value []byte) (int, error)) error {
	for len(message) > 0 {
		field, wire, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		if field > protowire.MaxValidNumber {
			return fmt.Errorf("field %d: invalid field number", field)
		}
		message = message[n:]
		n, err := found(field, wire, message)
		if err == nil && n < 0 {
			err = protowire.ParseError(n)
		}
		if err != nil {
			return fmt.Errorf("field %d: %w", field, err)
		}
		message = message[n:]
	}
	return nil
}

// parse reads the protocol buffer ModelMetrics of a training run with the given number of epochs.
func (m *Metrics) parse(message []byte, epochs int) error {
	*m = Metrics{TotalTime: math.NaN()}
	evaluations := 0
	err := fields(message, func(field protowire.Number, wire protowire.Type, value []byte) (n int, err error) {
		switch field {
		case evaluationField:
			var evaluation []byte
			if evaluation, n, err = consumeBytes(wire, value); err != nil || n < 0 {
				return n, err
			}
			if evaluations == len(m.Evaluations) {
				return n, fmt.Errorf("there must be at most %d evaluations", evaluations)
			}
			err = m.Evaluations[evaluations].parse(evaluation, float64(epochs)*float64(evaluations)/2)
			evaluations++
		case parametersField:
			m.Parameters, n, err = consumeCount(wire, value)
		case totalTimeField:
			m.TotalTime, n, err = consumeFigure(wire, value, maxSeconds)
		default:
			n = protowire.ConsumeFieldValue(field, wire, value)
		}
		return n, err
	})
	if err == nil && evaluations < len(m.Evaluations) {
		err = fmt.Errorf("got %d evaluations, want %d", evaluations, len(m.Evaluations))
	}
	return err
}

// parse reads the protocol buffer EvaluationData of the given epoch.
func (e *Evaluation) parse(message []byte, epoch float64) error {
	*e = Evaluation{nan32, nan32, nan32, nan32}
	return fields(message, func(field protowire.Number, wire protowire.Type, value []byte) (n int, err error) {
		var figure float64
		switch {
		case field == epochField:
			if figure, n, err = consumeFigure(wire, value, math.MaxFloat64); err == nil && figure != epoch {
				err = fmt.Errorf("got an evaluation at epoch %v, want %v", figure, epoch)
			}
		case field == firstFigureField+TrainingTime:
			figure, n, err = consumeFigure(wire, value, maxSeconds)
			e[TrainingTime] = float32(figure)
		case firstFigureField < field && field < checkpointField:
			figure, n, err = consumeFigure(wire, value, 1)
			e[field-firstFigureField] = float32(figure)
		default:
			n = protowire.ConsumeFieldValue(field, wire, value)
		}
		return n, err
	})
}

var errWireType = errors.New("unexpected wire type")

func consumeBytes(wire protowire.Type, value []byte) (data []byte, n int, err error) {
	if wire != protowire.BytesType {
		return nil, 0, errWireType
	}
	data, n = protowire.ConsumeBytes(value)
	return data, n, nil
}

// consumeFigure reads a double from 0 to most.
func consumeFigure(wire protowire.Type, value []byte, most float64) (figure float64, n int, err error) {
	if wire != protowire.Fixed64Type {
		return 0, 0, errWireType
	}
	raw, n := protowire.ConsumeFixed64(value)
	if figure = math.Float64frombits(raw); n >= 0 && !(figure >= 0 && figure <= most) {
		err = fmt.Errorf("%v is out of range", figure)
	}
	return figure, n, err
}

// consumeCount reads a positive int32.
func consumeCount(wire protowire.Type, value []byte) (count int32, n int, err error) {
	if wire != protowire.VarintType {
		return 0, 0, errWireType
	}
	raw, n := protowire.ConsumeVarint(value)
	if n >= 0 && (raw == 0 || raw > math.MaxInt32) {
		err = fmt.Errorf("%d is out of range", int64(raw))
	}
	return int32(raw), n, err
}

// appendTo appends the protocol buffer ModelMetrics of a training run with the given number of epochs.
func (m *Metrics) appendTo(message []byte, epochs int) []byte {
	var evaluation []byte
	for i, e := range m.Evaluations {
		evaluation = e.appendTo(evaluation[:0], float64(epochs)*float64(i)/2)
		message = protowire.AppendTag(message, evaluationField, protowire.BytesType)
		message = protowire.AppendBytes(message, evaluation)
	}
	if m.Parameters > 0 {
		message = protowire.AppendTag(message, parametersField, protowire.VarintType)
		message = protowire.AppendVarint(message, uint64(m.Parameters))
	}
	return appendFigure(message, totalTimeField, m.TotalTime)
}

// appendTo appends the protocol buffer EvaluationData of the given epoch.
func (e Evaluation) appendTo(message []byte, epoch float64) []byte {
	message = appendFigure(message, epochField, epoch)
	for i, figure := range e {
		message = appendFigure(message, firstFigureField+protowire.Number(i), float64(figure))
	}
	return message
}

// appendFigure appends a double unless it is not recorded.
func appendFigure(message []byte, field protowire.Number, figure float64) []byte {
	if math.IsNaN(figure) {
		return message
	}
	message = protowire.AppendTag(message, field, protowire.Fixed64Type)
	return protowire.AppendFixed64(message, math.Float64bits(figure))
}
