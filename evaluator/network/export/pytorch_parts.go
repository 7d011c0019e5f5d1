package export

// This file contains the parts of the Python file that do not depend on the network.

const pythonImports = `import json

import torch
from torch import nn
from torch.nn import functional as F
`

// pythonParts are classes and functions that a network may use, in the order in which they are written.
var pythonParts = []struct{ name, source string }{
	{"WeightedSum", `class WeightedSum(nn.Module):
    """Adds values, each multiplied by the sigmoid of a weight."""

    def __init__(self, terms):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(terms))

    def forward(self, *terms):
        return sum(factor * term for factor, term in zip(torch.sigmoid(self.weight), terms))
`},
	{"max_pool", `def max_pool(x, kernel, stride, pads):
    """The largest value of each window, of the pixels inside the image. pads is left, right, top, bottom."""
    return F.max_pool2d(F.pad(x, pads, value=float("-inf")), kernel, stride)
`},
	{"avg_pool", `def avg_pool(x, kernel, stride, pads):
    """The mean of each window, of the pixels inside the image. pads is left, right, top, bottom."""
    inside = F.avg_pool2d(F.pad(torch.ones_like(x[:1, :1]), pads), kernel, stride)
    return F.avg_pool2d(F.pad(x, pads), kernel, stride) / inside
`},
}

const pythonLoad = `def read_tensors(path):
    """Returns the float32 tensors of a safetensors file by their names."""
    with open(path, "rb") as file:
        data = file.read()
    start = 8 + int.from_bytes(data[:8], "little")
    if start > len(data):
        raise ValueError(f"{path} is truncated or not a safetensors file")
    tensors = {}
    for name, entry in json.loads(data[8:start]).items():
        if entry.get("dtype") == "F32":
            first, last = entry["data_offsets"]
            if start + last > len(data):
                raise ValueError(f"{path} is truncated: it ends before tensor {name!r}")
            values = torch.frombuffer(bytearray(data[start + first:start + last]), dtype=torch.float32)
            tensors[name] = values.reshape(entry["shape"])
    return tensors


def in_torch_order(tensor):
    """Rearranges weights, which have their output channels last in the file and first in PyTorch."""
    if tensor.dim() == 4:
        return tensor.permute(3, 2, 0, 1)
    if tensor.dim() == 3:
        return tensor.permute(2, 0, 1).unsqueeze(1)
    return tensor.t() if tensor.dim() == 2 else tensor


def load(path):
    """Returns the network with the weights of a safetensors file, ready to classify images."""
    network, tensors = Network(), read_tensors(path)
    with torch.no_grad():
        for key, value in network.state_dict().items():
            layer, _, kind = key.partition(".")
            if kind == "num_batches_tracked":
                continue
            name = f"{NAMES[layer]}.{kind}"
            if name not in tensors:
                raise ValueError(f"{path} has no tensor {name!r}: it has the weights of another network")
            tensor = in_torch_order(tensors[name])
            if tensor.shape != value.shape:
                raise ValueError(f"{path}: tensor {name!r} must be {tuple(value.shape)} in PyTorch's order, got {tuple(tensor.shape)}")
            value.copy_(tensor)
    return network.eval()
`

// reserved lists names that cannot be attributes of a layer: Python's keywords and the public attributes of nn.Module.
const reserved = `False None True and as assert async await break class continue def del elif else except finally for from global if
import in is lambda nonlocal not or pass raise return try while with yield
T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr
float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers
named_children named_modules named_parameters parameters register_backward_hook register_buffer register_forward_hook
register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook
register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook
register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train training
type xpu zero_grad`
