package draw

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Text draws an architecture for a terminal: for each node, its operation and fields, and the edges
// that leave it.
//
//	0 input ─▶ 1, 2
//	1 conv  ─▶ 2
//	2 output
//
// If edges have operations or fields, each is on its own line:
//
//	0 ─┬─ conv ─▶ 1
//	   └─ skip ─▶ 2
//	1 ─── conv ─▶ 2
//	2
//
// Nodes without any edges are listed too. If there are several parts, each starts with its name.
// Every line ends with a newline. Control characters in names are shown as escape sequences.
//
// Options.Node replaces a node's number in both places, and Options.Op changes the operations.
func Text(a searchspace.Arch, o Options) string {
	var s strings.Builder
	if o.Title != "" {
		s.WriteString(printable(o.Title) + "\n\n")
	}
	for i := range a.NumParts() {
		if a.NumParts() > 1 {
			if i > 0 {
				s.WriteByte('\n')
			}
			s.WriteString(printable(a.Part(i).Name()) + ":\n")
		}
		textOf(a.Part(i), o).write(&s)
	}
	return s.String()
}

// textPart is a part as text.
type textPart struct {
	part    searchspace.DAG
	names   []string // names of nodes as targets of edges
	heads   []string // nodes at the beginning of their lines
	leaving [][]searchspace.Edge
	labels  map[searchspace.Edge]string
}

func textOf(part searchspace.DAG, o Options) textPart {
	t := textPart{part: part, leaving: make([][]searchspace.Edge, part.Len()), labels: map[searchspace.Edge]string{}}
	for i := range part.Len() {
		name := strconv.Itoa(i)
		if o.Node != nil {
			name = printable(o.Node(part, i))
		}
		t.names = append(t.names, name)
		t.heads = append(t.heads, strings.TrimRight(name+" "+words(part.Node(i), o), " "))
	}
	for _, e := range part.Edges() {
		t.leaving[e.From] = append(t.leaving[e.From], e)
		if text := words(part.EdgeLabel(e.From, e.To), o); text != "" {
			t.labels[e] = text
		}
	}
	return t
}

// words returns an operation and its fields.
func words(l searchspace.Label, o Options) string {
	text := printable(o.op(l.Op))
	for name, value := range l.Fields() {
		if text != "" {
			text += " "
		}
		text += printable(name) + "=" + printable(value)
	}
	return text
}

func (t textPart) write(s *strings.Builder) {
	head, label := widest(t.heads), 0
	for _, text := range t.labels {
		label = max(label, columns.StringWidth(text))
	}
	for i, edges := range t.leaving {
		if len(edges) == 0 {
			s.WriteString(t.heads[i] + "\n")
			continue
		}
		s.WriteString(padded(t.heads[i], head))
		if len(t.labels) == 0 {
			t.writeTargets(s, edges, head)
			continue
		}
		for k, e := range edges {
			if k > 0 {
				s.WriteString(strings.Repeat(" ", head))
			}
			text := t.labels[e]
			if text != "" {
				text = " " + text + " "
			}
			line := strings.Repeat("─", label+3-columns.StringWidth(text)) + "▶ "
			s.WriteString(branch(k, len(edges)) + text + line + t.names[e.To] + "\n")
		}
	}
}

// branch returns the beginning of edge i of those that leave a node.
func branch(i, of int) string {
	switch {
	case of == 1:
		return " ───"
	case i == 0:
		return " ─┬─"
	case i == of-1:
		return "  └─"
	}
	return "  ├─"
}

// lineWidthOfText is the width at which lists of nodes are wrapped.
const lineWidthOfText = 100

// writeTargets lists the targets of edges without labels, wrapped if they are too long.
func (t textPart) writeTargets(s *strings.Builder, edges []searchspace.Edge, head int) {
	s.WriteString(" ─▶ ")
	column := head + 4
	for i, e := range edges {
		name := t.names[e.To]
		if i < len(edges)-1 {
			name += ","
		}
		width := columns.StringWidth(name)
		if i > 0 && column+1+width > lineWidthOfText {
			s.WriteString("\n" + strings.Repeat(" ", head+4))
			column = head + 4
		} else if i > 0 {
			s.WriteByte(' ')
			column++
		}
		s.WriteString(name)
		column += width
	}
	s.WriteByte('\n')
}

func widest(texts []string) int {
	width := 0
	for _, text := range texts {
		width = max(width, columns.StringWidth(text))
	}
	return width
}

func padded(text string, width int) string {
	return text + strings.Repeat(" ", width-columns.StringWidth(text))
}

// printable returns a name that is safe to show on a terminal: control characters are escaped as in
// Go.
func printable(name string) string {
	if !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) && strings.ToValidUTF8(name, "") == name {
		return name
	}
	quoted := strconv.QuoteToGraphic(name)
	return quoted[1 : len(quoted)-1]
}
