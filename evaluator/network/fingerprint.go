package network

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Fingerprint returns a hash of the network: of the operations that the logits depend on, their sizes, and the names and shapes of
// the parameters, but not of the weights. Networks that compute different functions of images and parameters have different
// fingerprints. It is the same in every process, but may change between versions of this package.
func (p *Plan) Fingerprint() string {
	h := sha256.New() // writing to it never fails
	fmt.Fprintf(h, "%#v %d %d\n", p.input, p.logits, len(p.params))
	for _, param := range p.params {
		fmt.Fprintf(h, "%q %d %t\n", param.Name, param.Shape, param.Statistic)
	}
	for _, n := range p.live {
		fmt.Fprintf(h, "%#v %d %d %d\n", n.layer, n.inputs, n.output, n.params)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
