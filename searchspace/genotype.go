package searchspace

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// formatGenotype writes DARTS's two cells as a genotype.
func formatGenotype(cells ...DAG) string {
	var text strings.Builder
	text.WriteString("Genotype(")
	for i, g := range cells {
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString(g.name + "=[")
		for e, edge := range g.Edges() {
			if e > 0 {
				text.WriteString(", ")
			}
			fmt.Fprintf(&text, "('%s', %d)", edge.Op, edge.From)
		}
		fmt.Fprintf(&text, "], %s_concat=range(%d, %d)", g.name, dartsInputs, g.n)
	}
	text.WriteString(")")
	return text.String()
}

// readGenotype reads a genotype of the given cells.
func readGenotype(text string, cells []Part) (Arch, error) {
	r, err := newGenotypeReader(text)
	if err != nil {
		return Arch{}, err
	}
	r.expect("Genotype", "(")
	dags := make([]DAG, len(cells))
	for i, cell := range cells {
		edges := r.edges(cell)
		r.expect(",")
		r.concatenation(cell)
		if i < len(cells)-1 {
			r.expect(",")
		} else {
			r.skip(",")
		}
		if r.err != nil {
			return Arch{}, r.err
		}
		if dags[i], err = NewDAG(cell.Name, cell.MaxNodes, nil, edges); err != nil {
			return Arch{}, err
		}
	}
	r.expect(")", endOfText)
	return NewArch(dags...), r.err
}

// genotypeToken is a token of Python, as far as genotypes have them, with the white space before it.
var genotypeToken = regexp.MustCompile(`^\s*(\w+|'\w*'|"\w*"|[()\[\],=])`)

// endOfText stands behind the last token. It is none.
const endOfText = "the end"

// genotypeReader takes token after token. After an error it takes nothing more.
type genotypeReader struct {
	tokens []string
	err    error
}

func newGenotypeReader(text string) (*genotypeReader, error) {
	r := &genotypeReader{}
	for text = strings.TrimSpace(text); text != ""; {
		found := genotypeToken.FindStringSubmatch(text)
		if found == nil {
			return nil, fmt.Errorf("what is %.20q?", text)
		}
		r.tokens = append(r.tokens, found[1])
		text = text[len(found[0]):]
	}
	r.tokens = append(r.tokens, endOfText)
	return r, nil
}

func (r *genotypeReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// next takes a token, of which what says what it should be.
func (r *genotypeReader) next(what string) string {
	if r.err != nil || len(r.tokens) == 0 {
		r.fail(fmt.Errorf("%s is missing", what))
		return ""
	}
	token := r.tokens[0]
	r.tokens = r.tokens[1:]
	return token
}

// skip takes the next token if it is the given one, and tells whether it did.
func (r *genotypeReader) skip(token string) bool {
	if r.err != nil || len(r.tokens) == 0 || r.tokens[0] != token {
		return false
	}
	r.tokens = r.tokens[1:]
	return true
}

// expect takes the given tokens.
func (r *genotypeReader) expect(tokens ...string) {
	for _, want := range tokens {
		if got := r.next(want); got != want {
			r.fail(fmt.Errorf("%q where %q should be", got, want))
		}
	}
}

// number takes a number from 0 to a cell's number of nodes.
func (r *genotypeReader) number(cell Part) int {
	token := r.next("a number")
	n, err := strconv.Atoi(token)
	if err != nil || n < 0 || n > cell.MaxNodes {
		r.fail(fmt.Errorf("%s: %q is no node of %d", cell.Name, token, cell.MaxNodes))
	}
	return n
}

// edges takes a cell's pairs of operation and node.
func (r *genotypeReader) edges(cell Part) []Edge {
	r.expect(cell.Name, "=", "[")
	var edges []Edge
	for to := dartsInputs; to < cell.MaxNodes; to++ {
		for range dartsReads {
			if len(edges) > 0 {
				r.expect(",")
			}
			r.expect("(")
			op := r.operation(cell)
			r.expect(",")
			edges = append(edges, Edge{From: r.number(cell), To: to, Op: op})
			r.expect(")")
		}
	}
	r.skip(",")
	r.expect("]")
	return edges
}

// operation takes a quoted operation other than the absence of one.
func (r *genotypeReader) operation(cell Part) string {
	token := r.next("an operation")
	at := slices.IndexFunc(cell.EdgeOps[1:], func(op string) bool { return token == "'"+op+"'" || token == `"`+op+`"` })
	if at < 0 {
		r.fail(fmt.Errorf("%s: unknown operation %s", cell.Name, token))
		return ""
	}
	return cell.EdgeOps[1+at] // not token, which holds on to the text
}

// concatenation takes which nodes make the cell's output: all the intermediate ones.
func (r *genotypeReader) concatenation(cell Part) {
	r.expect(cell.Name+"_concat", "=")
	wrong := errors.New(cell.Name + "_concat is not all the intermediate nodes")
	if r.skip("range") {
		r.expect("(")
		from := r.number(cell)
		r.expect(",")
		to := r.number(cell)
		r.expect(")")
		if from != dartsInputs || to != cell.MaxNodes {
			r.fail(wrong)
		}
		return
	}
	r.expect("[")
	for v := dartsInputs; v < cell.MaxNodes; v++ {
		if v > dartsInputs && !r.skip(",") || r.number(cell) != v {
			r.fail(wrong)
		}
	}
	r.skip(",")
	if !r.skip("]") {
		r.fail(wrong)
	}
}
