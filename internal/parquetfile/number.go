package parquetfile

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"strconv"

	"github.com/parquet-go/parquet-go/format"
)

// Each of the functions below decodes a number. NaN and infinities become NaN, which means not
// recorded. The error for a number that would lose digits starts with the number.

func float64Number(b []byte) (float64, error) {
	return recorded(math.Float64frombits(binary.LittleEndian.Uint64(b))), nil
}

func float32Number(b []byte) (float64, error) {
	return recorded(float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))), nil
}

func float16Number(b []byte) (float64, error) {
	bits := binary.LittleEndian.Uint16(b)
	exponent, fraction := int(bits>>10&0x1f), float64(bits&0x3ff)
	var v float64
	switch exponent {
	case 0:
		v = math.Ldexp(fraction, -24)
	case 0x1f:
		return math.NaN(), nil
	default:
		v = math.Ldexp(1024+fraction, exponent-25)
	}
	if bits>>15 == 1 {
		v = -v
	}
	return v, nil
}

func recorded(v float64) float64 {
	if math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

func int32Number(b []byte) (float64, error) {
	return float64(int32(binary.LittleEndian.Uint32(b))), nil
}

func uint32Number(b []byte) (float64, error) {
	return float64(binary.LittleEndian.Uint32(b)), nil
}

// maxInteger is the largest integer such that all integers up to it are exact as float64.
const maxInteger = 1 << 53

func int64Number(b []byte) (float64, error) {
	v := int64(binary.LittleEndian.Uint64(b))
	if v > maxInteger || v < -maxInteger {
		return 0, inexact(strconv.FormatInt(v, 10))
	}
	return float64(v), nil
}

func uint64Number(b []byte) (float64, error) {
	v := binary.LittleEndian.Uint64(b)
	if v > maxInteger {
		return 0, inexact(strconv.FormatUint(v, 10))
	}
	return float64(v), nil
}

func inexact(integer string) error {
	return fmt.Errorf("%s, and figures are 64-bit floating-point numbers, which are not exact for integers beyond 2^53", integer)
}

// decimalNumber returns a decoder for decimal numbers of the type, which are integers divided by a
// power of ten.
func decimalNumber(physical format.Type, scale int) func([]byte) (float64, error) {
	switch physical {
	case format.Int32:
		return func(b []byte) (float64, error) {
			return scaled(int64(int32(binary.LittleEndian.Uint32(b))), scale)
		}
	case format.Int64:
		return func(b []byte) (float64, error) {
			return scaled(int64(binary.LittleEndian.Uint64(b)), scale)
		}
	}
	return func(b []byte) (float64, error) {
		if len(b) == 0 || len(b) > maxDecimal {
			return 0, fmt.Errorf("a decimal number has %d bytes", len(b))
		}
		v := new(big.Int).SetBytes(b)
		if b[0] >= 0x80 { // two's complement, big-endian
			v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
		if v.IsInt64() {
			return scaled(v.Int64(), scale)
		}
		if scale == 0 {
			return 0, inexact(v.String())
		}
		return nearest(v.String(), scale)
	}
}

// maxExactPower is the exponent of the largest power of ten that is exact as a float64.
const maxExactPower = 22

// scaled returns the float64 nearest to v divided by 10 to the power of scale.
func scaled(v int64, scale int) (float64, error) {
	if v >= -maxInteger && v <= maxInteger && scale <= maxExactPower {
		return float64(v) / math.Pow10(scale), nil // both operands are exact, and division rounds once
	}
	if scale == 0 {
		return 0, inexact(strconv.FormatInt(v, 10))
	}
	return nearest(strconv.FormatInt(v, 10), scale)
}

func nearest(integer string, scale int) (float64, error) {
	return strconv.ParseFloat(integer+"e-"+strconv.Itoa(scale), 64)
}
