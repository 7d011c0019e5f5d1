"""Reads CIFAR-10 and CIFAR-100 in the published binary and Python versions (Krizhevsky 2009)."""
import os
import pickle

import torch

from .errors import BadData
from .files import find

PIXELS = 3 * 32 * 32


def load10(directory):
    """Returns the images (number, 3, 32, 32) and labels of CIFAR-10's five training batches."""
    batches = []
    for number in range(1, 6):
        path = find(directory, [f"data_batch_{number}.bin", f"data_batch_{number}"])
        batches.append(read_binary(path, 1) if path.endswith(".bin") else read_pickle(path, b"labels"))
    images, labels = zip(*batches)
    return torch.cat(images), torch.cat(labels)


def load100(directory):
    """Returns the images (number, 3, 32, 32) and fine labels of CIFAR-100's training set."""
    path = find(directory, ["train.bin", "train"])
    return read_binary(path, 2) if path.endswith(".bin") else read_pickle(path, b"fine_labels")


def read_binary(path, label_bytes):
    """Reads records of one or more labels, of which the last counts, and pixels."""
    record, size = label_bytes + PIXELS, os.path.getsize(path)
    if size == 0 or size % record:
        raise BadData(f"{path} has {size} bytes, which is not a multiple of the record size {record}")
    with open(path, "rb") as file:
        content = torch.frombuffer(bytearray(file.read()), dtype=torch.uint8).reshape(-1, record)
    return content[:, label_bytes:].reshape(-1, 3, 32, 32), content[:, label_bytes - 1].long()


class Array:
    """Replaces a NumPy array in a pickle: takes its state and keeps shape and bytes."""

    def __setstate__(self, state):
        _, self.shape, kind, self.by_columns, self.content = state
        if not isinstance(kind, DType) or kind.name != b"u1":
            raise pickle.UnpicklingError("an array whose elements are not bytes")


class DType:
    """Replaces the type of a NumPy array's elements in a pickle."""

    def __init__(self, name, *_):
        self.name = name

    def __setstate__(self, state):
        pass  # byte order, irrelevant for elements of one byte


def reconstruct(kind, shape, element):
    """Replaces NumPy's function that creates an array before its state is set."""
    if kind is not Array:
        raise pickle.UnpicklingError("an array that NumPy does not create itself")
    return Array()


class Unpickler(pickle.Unpickler):
    """Reads the published pickles, and can call only the three replacements."""

    STANDINS = {
        ("numpy.core.multiarray", "_reconstruct"): reconstruct,
        ("numpy", "ndarray"): Array,
        ("numpy", "dtype"): DType,
    }

    def find_class(self, module, name):
        if (module, name) not in self.STANDINS:
            raise pickle.UnpicklingError(f"{module}.{name} does not belong in CIFAR's files")
        return self.STANDINS[module, name]


def read_pickle(path, label_key):
    """Reads a dictionary with "data" and labels, as written by Python 2."""
    try:
        with open(path, "rb") as file:
            batch = Unpickler(file, encoding="bytes").load()
        data, labels = batch[b"data"], torch.tensor(batch[label_key], dtype=torch.long)
        content = torch.frombuffer(bytearray(data.content), dtype=torch.uint8)
        if data.by_columns or data.shape != (len(labels), PIXELS) or len(content) != len(labels) * PIXELS:
            raise BadData(f"{path}: its data are not {len(labels)} rows of {PIXELS} bytes, one per label")
        return content.reshape(-1, 3, 32, 32), labels
    except BadData:
        raise
    except Exception as error:  # a damaged pickle can raise anything
        raise BadData(f"{path} is not a batch of CIFAR: {type(error).__name__}: {error}") from error
