// Package draw draws architectures of any space as SVG, as PNG, or as text for a terminal.
//
//	err := draw.SVG(file, space, arch, draw.Options{Dark: true})
//
// A drawing has a panel for each part. Its nodes are laid out in layers, each after all nodes that
// it reads. Nodes and edges show their operations and fields. Operations get colors in the order in
// which the space lists them, so an operation has the same color in all drawings of a space, and a
// legend explains the colors. Edges that skip layers run in lanes beside the nodes; those that
// leave the same node share a lane and branch off where needed. If the space's edges have
// operations and a part has more than a hundred edges, edges are colored instead of labeled.
//
// Drawings are designed for 4 to 100 nodes per part. Larger ones show the structure of an
// architecture, but not every name is readable without zooming in. On a given processor
// architecture, the output is reproducible byte for byte.
//
// SVG files do not contain scripts, styles, fonts or identifiers, so several can be embedded in one
// HTML page. They have a title and a description for screen readers, and each node and edge has a
// title that browsers show under the pointer. Text is set in Liberation Sans, Arial or Helvetica,
// which have the same widths.
package draw
