"""Continues training runs of the Go trainer for some epochs, and writes the validation accuracy after each epoch.

    python3 resume.py EPOCHS DIRECTORY...

Each DIRECTORY has plan.json, normalization.json, recipe.json with the seed and the numbers of a request's budget, the images
train.idx and valid.idx with their labels train.labels and valid.labels, and training.safetensors, which is replaced. The
accuracies in percent are in curve.json afterwards.
"""
import json
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import graphpnas_torch as graphpnas
from graphpnas_torch import idx, recipe
from graphpnas_torch.augment import Normalization
from graphpnas_torch.data import Dataset

torch.set_num_threads(1)


def images(directory, name, classes):
    labels = idx.read(str(directory / f"{name}.labels"), 1).long()
    return Dataset(idx.read(str(directory / f"{name}.idx"), 3).unsqueeze(1), labels, classes)


def resume(directory, epochs):
    network = graphpnas.build((directory / "plan.json").read_text())
    classes = network.plan.input.classes
    normalization = Normalization(*json.loads((directory / "normalization.json").read_text()))
    seed, numbers = json.loads((directory / "recipe.json").read_text())
    valid, curve = images(directory, "valid", classes), []
    training = graphpnas.Training(
        network, images(directory, "train", classes), normalization, recipe.read(numbers), seed, torch.device("cpu")
    )
    training.load(str(directory / "training.safetensors"), go=True)
    for _ in range(epochs):
        training.train_epoch()
        curve.append(100 * graphpnas.measure(network, training.normalize, valid, 256, training.device)[1])
    training.save(str(directory / "training.safetensors"))
    (directory / "curve.json").write_text(json.dumps(curve))


for name in sys.argv[2:]:
    resume(pathlib.Path(name), int(sys.argv[1]))
