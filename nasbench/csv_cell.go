package nasbench

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// notRecordedCells lists what programs write for missing or infinite figures, in lower case, besides the texts that
// strconv.ParseFloat reads as NaN or infinite.
var notRecordedCells = map[string]bool{
	"na": true, "n/a": true, "<na>": true, "#n/a": true, "#na": true, "#n/a n/a": true, "-nan": true, "+nan": true, "nat": true,
	"null": true, "none": true, "nil": true, "missing": true, `\n`: true, "?": true, "-": true, "--": true,
	"1.#ind": true, "-1.#ind": true, "1.#qnan": true, "-1.#qnan": true, "1.#inf": true, "-1.#inf": true,
}

// maxInteger is the largest integer up to which float64 represents all integers exactly.
const maxInteger = 1 << 53

// parseFigure parses a figure. It returns NaN if the figure is not recorded.
func parseFigure(cell string) (float64, error) {
	cell = strings.TrimSpace(cell)
	if cell == "" {
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(cell, 64)
	switch {
	case err != nil && notRecordedCells[strings.ToLower(cell)]:
		return math.NaN(), nil
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%q is outside the range of 64-bit floating-point numbers", shortened(cell))
	case err != nil || strings.ContainsAny(cell, "xX"): // ParseFloat accepts hexadecimal numbers
		return 0, notANumber(cell)
	case math.IsNaN(v) || math.IsInf(v, 0):
		return math.NaN(), nil
	case math.Abs(v) >= maxInteger && isInexact(cell):
		return 0, fmt.Errorf("%s is an integer beyond 2^53, which a 64-bit floating-point number cannot represent exactly", shortened(cell))
	}
	return v, nil
}

// isInexact reports whether a number is written as an integer beyond 2^53.
func isInexact(cell string) bool {
	if strings.ContainsAny(cell, ".eE") {
		return false
	}
	v, err := strconv.ParseInt(cell, 10, 64)
	if err != nil {
		return errors.Is(err, strconv.ErrRange)
	}
	return v > maxInteger || v < -maxInteger
}

var (
	thousands     = regexp.MustCompile(`^[+-]?[0-9]{1,3}([,' _\x{a0}\x{202f}’][0-9]{3})+(\.[0-9]*)?$`)
	decimalComma  = regexp.MustCompile(`^[+-]?([0-9]*|[0-9]{1,3}(\.[0-9]{3})+),[0-9]+$`)
	eitherOfThese = regexp.MustCompile(`^[+-]?[0-9]{1,3},[0-9]{3}$`)
)

// notANumber returns the error for a cell that is not a number, with a suggestion if the intended number can be guessed.
func notANumber(cell string) error {
	hint := ""
	switch number := strings.TrimSpace(strings.TrimSuffix(cell, "%")); {
	case number != cell && isNumber(number):
		hint = "; write it without the percent sign: " + shortened(number)
	case eitherOfThese.MatchString(cell):
		hint = fmt.Sprintf("; write it without thousands separators, %s, or with a decimal point, %s",
			strings.Replace(cell, ",", "", 1), strings.Replace(cell, ",", ".", 1))
	case thousands.MatchString(cell):
		hint = "; write it without thousands separators"
	case decimalComma.MatchString(cell):
		hint = "; write it with a decimal point: " + shortened(strings.Replace(strings.ReplaceAll(cell, ".", ""), ",", ".", 1))
	}
	return fmt.Errorf("%q is not a number%s", shortened(cell), hint)
}

func isNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}

// shortened cuts a cell to a length that fits into a message.
func shortened(cell string) string {
	const most = 40
	for i := range cell {
		if i >= most {
			return cell[:i] + "…"
		}
	}
	return cell
}
