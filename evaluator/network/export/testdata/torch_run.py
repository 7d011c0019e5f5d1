"""Runs networks that were exported as PyTorch source.

    python3 torch_run.py DIRECTORY

For each network.py in a folder of DIRECTORY, it loads the weights in network.safetensors, reads images.bin (little-endian
float32 values) and writes logits.bin, first for all images together and then for the first one alone.
"""
import importlib.util
import pathlib
import sys

import torch

torch.set_num_threads(1)


def run(folder):
    spec = importlib.util.spec_from_file_location("network", folder / "network.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network = module.load(folder / "network.safetensors")
    shape = [int(size) for size in (folder / "shape.txt").read_text().split()]
    values = torch.frombuffer(bytearray((folder / "images.bin").read_bytes()), dtype=torch.float32).reshape(-1, *shape)
    with torch.no_grad():
        logits = torch.cat([network(values), network(values[:1])])
    (folder / "logits.bin").write_bytes(bytes(logits.contiguous().flatten().view(torch.uint8).tolist()))


for source in sorted(pathlib.Path(sys.argv[1]).glob("*/network.py")):
    run(source.parent)
