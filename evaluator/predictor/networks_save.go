package predictor

import (
	"fmt"
	"strconv"

	"github.com/graphpnas/graphpnas/internal/safetensors"
)

const networksKind = "networks"

// networkSizes are the sizes of the networks in a file.
type networkSizes struct {
	Networks int `json:"networks"`
	Hidden   int `json:"hidden"`
	Layers   int `json:"layers"`
}

func (m *networks) kind() string { return networksKind }

func (m *networks) sizes() any {
	return networkSizes{len(m.params), m.net.hidden, len(m.net.layers)}
}

// tensors returns the parameters of all networks, with names of the form "number/parameter".
func (m *networks) tensors() (list []safetensors.Tensor) {
	for i, flat := range m.params {
		for _, param := range m.net.layout.Params {
			list = append(list, safetensors.Tensor{
				Name: strconv.Itoa(i) + "/" + param.Name, Shape: param.Shape(), Values: param.In(flat),
			})
		}
	}
	return list
}

// emptyNetworks returns networks of the sizes in a file, with all parameters zero. It returns an error if the file does not contain
// enough values.
func emptyNetworks(e *encoder, file *safetensors.File) (*networks, error) {
	const most = 1 << 20
	var size networkSizes
	if err := readSizes(file, &size); err != nil {
		return nil, err
	}
	weights := float64(file.Len())
	if size.Networks < 1 || size.Hidden < 1 || size.Layers < 1 || size.Networks > most || size.Hidden > most || size.Layers > most ||
		float64(size.Networks)*float64(size.Layers)*float64(size.Hidden)*float64(size.Hidden) > weights {
		return nil, fmt.Errorf("%w: sizes %+v do not match %v weights", ErrFormat, size, weights)
	}
	m := &networks{encoder: e, net: newNetwork(e, size.Hidden, size.Layers), params: make([][]float32, size.Networks)}
	if float64(size.Networks)*float64(m.net.layout.Size) > weights {
		return nil, fmt.Errorf("%w: sizes %+v need more than %v weights", ErrFormat, size, weights)
	}
	for i := range m.params {
		m.params[i] = make([]float32, m.net.layout.Size)
	}
	return m, nil
}
