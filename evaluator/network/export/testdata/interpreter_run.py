"""Runs networks with the PyTorch interpreter of plans.

    python3 interpreter_run.py DIRECTORY

For each plan.json in a folder of DIRECTORY, it loads the weights in network.safetensors, reads images.bin (little-endian
float32 values), and writes the module's logits to logits.bin, first for all images together and then for the first one alone.
TorchScript must compute the same. If there is a labels.json, it also writes step.safetensors: the gradient of the mean
cross-entropy in training mode, and the running statistics after it.
"""
import json
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[4] / "examples" / "pytorch"))
import graphpnas_torch as graphpnas
from graphpnas_torch import tensors
from graphpnas_torch.network import tensor_of, to_file

torch.set_num_threads(1)


def run(folder, scripted):
    network = graphpnas.build((folder / "plan.json").read_text())
    graphpnas.load_weights(folder / "network.safetensors", network)
    network.eval()
    size = network.plan.input
    values = torch.frombuffer(bytearray((folder / "images.bin").read_bytes()), dtype=torch.float32)
    images = values.reshape(-1, size.channels, size.height, size.width)
    with torch.no_grad():
        logits = torch.cat([network(images), network(images[:1])])
        if scripted:
            torch.testing.assert_close(torch.jit.script(network)(images), logits[:-1])
    (folder / "logits.bin").write_bytes(tensors.bytes_of(logits))
    graphpnas.save(folder / "saved.safetensors", network)
    if (folder / "labels.json").exists():
        step(folder, network, images, torch.tensor(json.loads((folder / "labels.json").read_text())))


def step(folder, network, images, labels):
    network.train()
    torch.nn.functional.cross_entropy(network(images), labels).backward()
    found = {}
    for parameter in network.plan.parameters:
        tensor = tensor_of(network, parameter.name)
        if not parameter.statistic:
            tensor = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
        found[parameter.name] = to_file(network, parameter.name, tensor)
    tensors.write(folder / "step.safetensors", found, {})


for number, plan in enumerate(sorted(pathlib.Path(sys.argv[1]).glob("*/plan.json"))):
    run(plan.parent, scripted=number < 8)
