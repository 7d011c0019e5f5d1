// Package draw draws architectures of any space: as SVG, as PNG, and as text for a terminal.
//
//	err := draw.SVG(file, space, arch, draw.Options{Dark: true})
//
// A drawing has a panel for each part, in which nodes are laid out in layers: each node comes after all that feed it. Nodes and
// edges show their operations and fields. Operations are coloured in the order in which the space lists them, so one operation
// has the same colour in all drawings of a space, and a legend names the colours. Edges that skip layers run in lanes beside
// the nodes; those that leave the same node share a lane and branch off where they are needed. If the space's edges carry
// operations and there are more than a hundred edges in a part, edges are coloured instead of labelled.
//
// Drawings are meant for 4 to 100 nodes in a part; larger ones show how an architecture is built, but not every name can be
// read without enlarging them. The same architecture always gives the same bytes on one kind of processor.
//
// An SVG file has no scripts, styles, fonts or identifiers, so several can be embedded in one HTML page. It has a title and
// a description for screen readers, and each node and edge has a title that browsers show under the pointer. Text is set in
// Liberation Sans, Arial or Helvetica, which have the same widths.
package draw
