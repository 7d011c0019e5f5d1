package network

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Fingerprint tells apart networks that compute different functions of images and parameters, whatever their designs are
// called: it is a hash of the operations that the logits depend on, their sizes and the parameters' names and shapes.
// Weights have no part in it. It is the same in every process, and may be another in another version of this package.
func (p *Plan) Fingerprint() string {
	h := sha256.New() // which no writing to fails
	fmt.Fprintf(h, "%#v %d %d\n", p.input, p.logits, len(p.params))
	for _, param := range p.params {
		fmt.Fprintf(h, "%q %d %t\n", param.Name, param.Shape, param.Statistic)
	}
	for _, n := range p.live {
		fmt.Fprintf(h, "%#v %d %d %d\n", n.layer, n.inputs, n.output, n.params)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
