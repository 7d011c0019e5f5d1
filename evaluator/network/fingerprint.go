package network

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Fingerprint returns a hash that distinguishes networks that compute different functions of images and parameters, whatever
// their designs are called. It covers the operations that the logits depend on, their sizes, and the names and shapes of the
// parameters, but no weights. It is the same in every process and may change between versions of this package.
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
