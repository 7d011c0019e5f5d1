"""Labeled images in memory: loaded by the name of a data set and split into training and validation images."""
import os
from dataclasses import dataclass

import torch

from . import cifar, folder, idx
from .errors import BadData, Invalid

DATASETS = ["fashion-mnist", "cifar10", "cifar100", "tiny-imagenet", "folder"]

# Splits a data set in the same way for all requests, so that their accuracies can be compared.
SPLIT_SEED = 0


@dataclass
class Dataset:
    """Images as bytes (number, channels, height, width), and the class number of each."""

    images: torch.Tensor
    labels: torch.Tensor
    classes: int

    def __len__(self):
        return len(self.labels)

    def take(self, indices):
        """Returns the images of these indices."""
        return Dataset(self.images[indices], self.labels[indices], self.classes)


def load(name, directory, size):
    """Loads the training images of a data set; images of a folder are scaled to size. Raises BadData or OSError."""
    if name == "folder":
        data = Dataset(*folder.load(directory, size))
    elif name == "tiny-imagenet":
        data = Dataset(*folder.load(os.path.join(directory, "train"), 64, "images"))
    elif name == "fashion-mnist":
        data = Dataset(*idx.load(directory), classes=10)
    elif name == "cifar10":
        data = Dataset(*cifar.load10(directory), classes=10)
    else:
        data = Dataset(*cifar.load100(directory), classes=100)
    if len(data.images) != len(data.labels):
        raise BadData(f"{directory} has {len(data.images)} images with {len(data.labels)} labels")
    if not 0 <= data.labels.min() <= data.labels.max() < data.classes:
        raise BadData(f"{directory} has labels outside 0 to {data.classes - 1}")
    return data


def split(data, recipe):
    """Returns the training images and the validation images; raises Invalid.

    The share recipe.validation of all images is held out; recipe.fraction of the others is trained on.
    """
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(SPLIT_SEED))
    held = round(len(data) * recipe.validation)
    trained = round((len(data) - held) * recipe.fraction)
    if held == 0 or trained == 0:
        raise Invalid(f"of {len(data)} images {trained} would be trained on and {held} validated on")
    return data.take(order[held : held + trained]), data.take(order[:held])
