"""Goes on with a training of the Go side, for some epochs, and prints the accuracy on the validation images after each.

    python3 resume.py DIRECTORY EPOCHS SEED RECIPE

DIRECTORY has plan.json, normalization.json, the images train.idx and valid.idx with their labels train.labels and
valid.labels, and training.safetensors, which is replaced. RECIPE is a JSON object as a request's budget.
"""
import json
import os
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import graphpnas_torch as graphpnas
from graphpnas_torch import idx, recipe
from graphpnas_torch.augment import Normalization
from graphpnas_torch.data import Dataset

torch.set_num_threads(1)
directory, epochs, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
path = lambda name: os.path.join(directory, name)
with open(path("plan.json"), encoding="utf-8") as file:
    network = graphpnas.build(file.read())
with open(path("normalization.json"), encoding="utf-8") as file:
    normalization = Normalization(*json.load(file))


def images(name):
    labels = idx.read(path(name + ".labels"), 1).long()
    return Dataset(idx.read(path(name + ".idx"), 3).unsqueeze(1), labels, network.plan.input.classes)


training = graphpnas.Training(
    network, images("train"), normalization, recipe.read(json.loads(sys.argv[4])), seed, torch.device("cpu")
)
training.load(path("training.safetensors"), go=True)
for _ in range(epochs):
    training.train_epoch()
    print(100 * graphpnas.measure(network, training.normalize, images("valid"), 256, training.device)[1])
training.save(path("training.safetensors"))
