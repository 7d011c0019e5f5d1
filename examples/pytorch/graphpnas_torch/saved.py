"""Trained networks in files, as network.Save and network.Load of the Go side write and read them."""
import hashlib
import json

from . import tensors
from .errors import BadFile, Invalid
from .network import build, set_weights, weights
from .plan import Plan

KIND = "graphpnas network"


def save(path, network, classes=None, normalization=None):
    """Writes a network to a file that describes itself: weights, plan, names of the classes and normalization.

    normalization is (mean, deviation), lists of a number a channel in units of the pixels' bytes.
    """
    mean, deviation = normalization or (None, None)
    metadata = {
        "kind": KIND,
        "plan": network.plan.document,
        "classes": json.dumps(classes, ensure_ascii=False),
        "normalization": json.dumps({"mean": mean, "deviation": deviation}),
    }
    metadata["seal"] = seal(metadata["plan"], metadata["classes"], metadata["normalization"])
    tensors.write(path, weights(network), metadata)


def load(path):
    """Builds the network of a file that save or the Go side's network.Save has written.

    Returns it with the names of the classes, or None, and the normalization, or None. Raises BadFile or OSError.
    """
    found, metadata = tensors.read(path)
    try:
        if metadata.get("kind") != KIND:
            raise BadFile(f"the file must be of kind {KIND!r}, got {metadata.get('kind')!r}")
        texts = [metadata.get(key, "null") for key in ("plan", "classes", "normalization")]
        if "seal" in metadata and metadata["seal"] != seal(*texts):
            raise BadFile("the metadata is altered")
        network = build(Plan(texts[0]))
        set_weights(network, found)
        classes, normalization = (json.loads(text) for text in texts[1:])
        both = normalization and (normalization["mean"], normalization["deviation"])
        return network, classes, both if both and both[0] else None
    except (BadFile, Invalid, ValueError, KeyError, TypeError) as error:
        raise BadFile(f"{path}: {error}") from error


def load_weights(path, network):
    """Sets the weights of a network from any safetensors file that has them under their names; raises BadFile or OSError.

    Other tensors are ignored, so that the file may be a checkpoint of a training.
    """
    found, _ = tensors.read(path)
    try:
        set_weights(network, found)
    except BadFile as error:
        raise BadFile(f"{path}: {error}") from None


def seal(*texts):
    """Returns what the metadata of a file has as its seal."""
    return hashlib.sha256("".join(texts).encode()).hexdigest()[:32]
