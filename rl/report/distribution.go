package report

import (
	"encoding/json"
	"strconv"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// groupData describes a group and, if the method describes it, the training of the generator before the group.
type groupData struct {
	Number     int       `json:"number"`
	Seen       int       `json:"seen"`
	Samples    int       `json:"samples,omitempty"`
	Within     *int      `json:"within,omitempty"` // samples within the limits that are known before evaluation
	Candidates int       `json:"candidates,omitempty"`
	Fit        *fitData  `json:"fit,omitempty"`
	Marginals  []partFit `json:"marginals,omitempty"` // in the order of the parts
}

// fitData describes a training and the generator after it.
type fitData struct {
	Steps         int     `json:"steps"`
	FirstLoss     number  `json:"firstLoss"`
	LastLoss      number  `json:"lastLoss"`
	Entropy       number  `json:"entropy,omitempty"` // in nats; 0 if unknown
	EntropyStdErr number  `json:"entropyStdErr,omitempty"`
	Mass          *number `json:"mass,omitempty"` // probability of the best tenth seen
	Temperature   number  `json:"temperature,omitempty"`
}

// mostMarginals is the maximum number of probabilities that a page holds for one search. If there
// are more, the page leaves out some of the training runs.
const mostMarginals = 1_000_000

// groupsOf describes groups. It leaves out a Diagnostic that rl.Reinforce did not write.
func groupsOf(groups []rl.Group) []groupData {
	all := make([]groupData, 0, len(groups))
	size := 0
	for _, g := range groups {
		d := groupData{Number: g.Number, Seen: g.Seen}
		var diagnostic rl.Diagnostic
		if json.Unmarshal(g.Diagnostic, &diagnostic) == nil {
			d.add(diagnostic)
		}
		for _, p := range d.Marginals {
			size += p.size()
		}
		all = append(all, d)
	}
	if size > mostMarginals {
		thin(all, size/mostMarginals+1)
	}
	return all
}

// add adds the diagnostic of the group.
func (d *groupData) add(diagnostic rl.Diagnostic) {
	d.Samples, d.Within, d.Candidates = diagnostic.Samples, diagnostic.Within, diagnostic.Candidates
	if fit := diagnostic.Fit; fit != nil {
		d.Fit = &fitData{
			Steps: fit.Steps, FirstLoss: number(fit.FirstLoss), LastLoss: number(fit.LastLoss),
			Entropy: number(diagnostic.Entropy), EntropyStdErr: number(diagnostic.EntropyStdErr), Temperature: number(diagnostic.Temperature),
		}
		if diagnostic.Mass != nil {
			mass := number(*diagnostic.Mass)
			d.Fit.Mass = &mass
		}
	}
	if diagnostic.Marginals != nil {
		for _, p := range diagnostic.Marginals.Parts {
			d.Marginals = append(d.Marginals, partFit(p))
		}
	}
}

// thin keeps the marginals of every nth group, counted back from the last one.
func thin(groups []groupData, n int) {
	kept := n - 1
	for i := len(groups) - 1; i >= 0; i-- {
		if groups[i].Marginals == nil {
			continue
		}
		if kept++; kept < n {
			groups[i].Marginals = nil
			continue
		}
		kept = 0
	}
}

// partData holds the labels of the marginals of a part.
type partData struct {
	Name       string      `json:"name"`
	NodeOps    []string    `json:"nodeOps,omitempty"`
	EdgeOps    []string    `json:"edgeOps,omitempty"` // the first one means no edge
	NodeFields []fieldData `json:"nodeFields,omitempty"`
	EdgeFields []fieldData `json:"edgeFields,omitempty"`
}

type fieldData struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

func partsOf(space searchspace.Space) []partData {
	all := []partData{}
	for _, p := range space.Parts() {
		all = append(all, partData{p.Name, p.NodeOps, p.EdgeOps, fieldsOf(p.NodeFields), fieldsOf(p.EdgeFields)})
	}
	return all
}

func fieldsOf(fields []searchspace.Field) []fieldData {
	var all []fieldData
	for _, f := range fields {
		all = append(all, fieldData{f.Name, f.Values})
	}
	return all
}

// partFit is encoded in JSON as {"nodes": […], "edges": […], …}, without the name of the part. Probabilities are in thousandths.
type partFit generator.PartMarginals

// MarshalJSON encodes the marginals.
func (p partFit) MarshalJSON() ([]byte, error) {
	text := appendShares([]byte(`{"nodes":`), p.Nodes)
	text = appendShares2(append(text, `,"edges":`...), p.Edges)
	if p.NodeOps != nil {
		text = appendShares2(append(text, `,"nodeOps":`...), p.NodeOps)
	}
	if p.EdgeOps != nil {
		text = appendShares3(append(text, `,"edgeOps":`...), p.EdgeOps)
	}
	if p.NodeFields != nil {
		text = appendShares3(append(text, `,"nodeFields":`...), p.NodeFields)
	}
	if p.EdgeFields != nil {
		text = appendList(append(text, `,"edgeFields":`...), p.EdgeFields, appendShares3)
	}
	return append(text, '}'), nil
}

// size returns the number of probabilities.
func (p partFit) size() int {
	edges := len(p.Nodes) * (len(p.Nodes) - 1) / 2
	n := len(p.Nodes)*(1+len(p.Part.NodeOps)) + edges*(1+len(p.Part.EdgeOps))
	for _, f := range p.Part.NodeFields {
		n += len(p.Nodes) * len(f.Values)
	}
	for _, f := range p.Part.EdgeFields {
		n += edges * len(f.Values)
	}
	return n
}

func appendShare(text []byte, p float64) []byte {
	thousandths := int64(p*1000 + 0.5)
	return strconv.AppendFloat(text, float64(thousandths)/1000, 'f', -1, 64)
}

func appendShares(text []byte, list []float64) []byte    { return appendList(text, list, appendShare) }
func appendShares2(text []byte, list [][]float64) []byte { return appendList(text, list, appendShares) }
func appendShares3(text []byte, list [][][]float64) []byte {
	return appendList(text, list, appendShares2)
}

// appendList appends a JSON array, whose elements are appended by one.
func appendList[T any](text []byte, list []T, one func([]byte, T) []byte) []byte {
	text = append(text, '[')
	for i, v := range list {
		if i > 0 {
			text = append(text, ',')
		}
		text = one(text, v)
	}
	return append(text, ']')
}
