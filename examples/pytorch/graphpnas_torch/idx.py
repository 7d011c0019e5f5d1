"""Reads Fashion-MNIST, MNIST and other data sets of IDX files: train-images-idx3-ubyte and its labels, gzipped or plain."""
import gzip
import math
import struct
import zlib

import torch

from .errors import BadData
from .files import find

BYTES = 8  # the type "unsigned byte" in an IDX file's magic number
MOST = 1 << 32  # maximum number of bytes in a file


def load(directory):
    """Returns images (number, 1, height, width) and labels."""
    images = read(find_either(directory, "train-images-idx3-ubyte"), 3)
    labels = read(find_either(directory, "train-labels-idx1-ubyte"), 1)
    return images.unsqueeze(1), labels.long()


def find_either(directory, name):
    return find(directory, [name + ".gz", name])


def read(path, dimensions):
    """Reads a file of bytes with this number of dimensions."""
    try:
        with (gzip.open(path) if path.endswith(".gz") else open(path, "rb")) as file:
            return read_stream(path, file, dimensions)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadData(f"{path}: {error}") from error


def read_stream(path, file, dimensions):
    header = file.read(4 + 4 * dimensions)
    if len(header) < 4 + 4 * dimensions:
        raise BadData(f"{path} ends within its header")
    magic, *shape = struct.unpack(f">{1 + dimensions}I", header)
    if magic != BYTES << 8 | dimensions:
        raise BadData(f"{path} begins with {magic:#010x}, not {BYTES << 8 | dimensions:#010x}")
    size = math.prod(shape)
    if not 0 < size <= MOST:
        raise BadData(f"{path} says that it has the shape {shape}")
    content = bytearray(file.read(size))
    if len(content) < size or file.read(1):
        raise BadData(f"{path} has {'more' if len(content) == size else 'fewer'} than the {size} bytes of its shape {shape}")
    return torch.frombuffer(content, dtype=torch.uint8).reshape(shape)
