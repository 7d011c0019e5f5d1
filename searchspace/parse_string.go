package searchspace

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// parseString reads an architecture with the given parts in the format of Arch.String.
func parseString(text string, parts []Part) (Arch, error) {
	r := stringReader{rest: text}
	dags := make([]DAG, len(parts))
	for i, p := range parts {
		if i > 0 {
			r.expect(" / ")
		}
		if len(parts) > 1 {
			if name := r.name(" = "); name != p.Name && r.err == nil {
				r.err = fmt.Errorf("part %d must be named %q, got %q", i, p.Name, name)
			}
			r.expect(" = ")
		}
		dags[i] = r.part(p.Name)
	}
	if r.err == nil && r.rest != "" {
		r.err = fmt.Errorf("unexpected %.40q", r.rest)
	}
	if r.err != nil {
		return Arch{}, fmt.Errorf("%w: %w", ErrInvalid, r.err)
	}
	return NewArch(dags...), nil
}

// stringReader reads the format of Arch.String. After an error, it stops reading.
type stringReader struct {
	rest string
	err  error
}

// skip skips a mark if it comes next, and reports whether it did.
func (r *stringReader) skip(mark string) bool {
	rest, ok := strings.CutPrefix(r.rest, mark)
	if r.err != nil || !ok {
		return false
	}
	r.rest = rest
	return true
}

func (r *stringReader) expect(mark string) {
	if !r.skip(mark) && r.err == nil {
		r.err = fmt.Errorf("expected %q before %.40q", mark, r.rest)
	}
}

// name reads a name that is quoted or ends at a mark. The ends are marks that begin with a space,
// which may occur in names.
func (r *stringReader) name(ends ...string) string {
	if r.err != nil {
		return ""
	}
	if strings.HasPrefix(r.rest, `"`) {
		quoted, err := strconv.QuotedPrefix(r.rest)
		if err != nil {
			r.err = fmt.Errorf("missing closing quotation mark in %.40q", r.rest)
			return ""
		}
		r.rest = r.rest[len(quoted):]
		name, _ := strconv.Unquote(quoted)
		return name
	}
	end := strings.IndexAny(r.rest, marks)
	if end < 0 {
		end = len(r.rest)
	}
	for _, mark := range ends {
		if end > 0 && strings.HasPrefix(r.rest[end-1:], mark) {
			end--
			break
		}
	}
	name := r.rest[:end]
	r.rest = r.rest[end:]
	return name
}

// part reads a part.
func (r *stringReader) part(name string) DAG {
	var ops []string
	var edges []Edge
	var nodeFields, edgeFields []map[string]string
	carry := false // whether nodes have operations
	for node := 0; node == 0 || r.skip("; "); node++ {
		if node == maxJSONNodes {
			r.err = fmt.Errorf("there must be at most %d nodes", maxJSONNodes)
			break
		}
		op := r.name(" / ")
		carry = carry || op != ""
		ops, nodeFields = append(ops, op), append(nodeFields, r.fields())
		for mark := "<"; r.skip(mark); mark = "," {
			e := Edge{From: r.number(), To: node}
			if r.skip(":") {
				e.Op = r.name(" / ")
			}
			edges, edgeFields = append(edges, e), append(edgeFields, r.fields())
			if n := len(edges); n > 1 && edges[n-2].To == node && edges[n-2].From >= e.From && r.err == nil {
				r.err = fmt.Errorf("the inputs of node %d must be in ascending order, got %d after %d", node, e.From, edges[n-2].From)
			}
		}
	}
	if r.err != nil {
		return DAG{}
	}
	if !carry {
		ops = nil
	}
	g, err := NewDAG(name, len(nodeFields), ops, edges)
	if err == nil {
		g, err = g.WithNodeFields(nodeFields)
	}
	if err == nil {
		g, err = g.WithEdgeFields(edgeFields)
	}
	r.err = err
	return g
}

func (r *stringReader) number() int {
	end := 0
	for end < len(r.rest) && '0' <= r.rest[end] && r.rest[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(r.rest[:end])
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("expected the number of a node before %.40q", r.rest)
	}
	r.rest = r.rest[end:]
	return n
}

// fields reads the fields in braces, if there are any.
func (r *stringReader) fields() map[string]string {
	if !r.skip("{") {
		return nil
	}
	fields := map[string]string{}
	for {
		name := r.name()
		r.expect("=")
		value := r.name()
		if fields[name] != "" && r.err == nil {
			r.err = fmt.Errorf("field %q is listed twice", name)
		}
		fields[name] = value
		if !r.skip(",") {
			break
		}
	}
	r.expect("}")
	if r.err == nil && len(fields) == 0 {
		r.err = errors.New("there must be a field between the braces")
	}
	return fields
}
