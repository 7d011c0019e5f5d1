package searchspace

import (
	"crypto/md5"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// Key returns the benchmark's published hash of a cell, which is equal for isomorphic cells: a
// Weisfeiler-Lehman refinement with MD5 that starts from each node's (out-degree, in-degree,
// operation) and takes one round for each node.
func (NASBench101) Key(a Arch) string {
	if len(a.parts) != 1 {
		return a.String()
	}
	g := a.parts[0]
	hashes := make([]string, g.n)
	for v := range hashes {
		hashes[v] = md5Hex([]byte(nb101NodeText(g, v)))
	}
	next := make([]string, g.n)
	var text []byte
	for range g.n {
		for v := range next {
			text = appendSorted(text[:0], hashes, func(w int) bool { return g.HasEdge(w, v) })
			text = append(text, '|')
			text = appendSorted(text, hashes, func(w int) bool { return g.HasEdge(v, w) })
			text = append(text, '|')
			text = append(text, hashes[v]...)
			next[v] = md5Hex(text)
		}
		hashes, next = next, hashes
	}
	slices.Sort(hashes)
	return md5Hex([]byte("['" + strings.Join(hashes, "', '") + "']"))
}

// nb101NodeText returns the text that the benchmark's hash starts from: a node's degrees and the
// number of its operation.
func nb101NodeText(g DAG, v int) string {
	in, out := 0, 0
	for w := range g.n {
		if g.HasEdge(w, v) {
			in++
		}
		if g.HasEdge(v, w) {
			out++
		}
	}
	label := slices.Index(nasBench101.parts[0].NodeOps, g.NodeOp(v)) - 1
	if label+1 == nb101Output {
		label = -2
	}
	return "(" + strconv.Itoa(out) + ", " + strconv.Itoa(in) + ", " + strconv.Itoa(label) + ")"
}

// appendSorted appends the hashes of the chosen nodes in lexical order.
func appendSorted(text []byte, hashes []string, chosen func(w int) bool) []byte {
	var few [8]string
	list := few[:0]
	for w, h := range hashes {
		if chosen(w) {
			list = append(list, h)
		}
	}
	slices.Sort(list)
	for _, h := range list {
		text = append(text, h...)
	}
	return text
}

func md5Hex(text []byte) string {
	sum := md5.Sum(text)
	return hex.EncodeToString(sum[:])
}
