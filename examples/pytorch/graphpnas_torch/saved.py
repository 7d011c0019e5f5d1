"""Files of trained networks, as written and read by network.Save and network.Load in Go."""
import hashlib
import json

from . import tensors
from .errors import BadFile, Invalid
from .network import build, set_weights, weights
from .plan import Plan

KIND = "graphpnas network"


def save(path, network, classes=None, normalization=None):
    """Writes a network to a self-contained file: weights, plan, class names and normalization.

    normalization is (mean, deviation), lists with a number for each channel in units of the pixels' bytes.
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
    """Builds the network of a file that was written by save or by network.Save in Go.

    Returns it with the class names, or None, and the normalization, or None. Raises BadFile or OSError.
    """
    found, metadata = tensors.read(path)
    try:
        if metadata.get("kind") != KIND:
            raise BadFile(f"the file must be of kind {KIND!r}, got {metadata.get('kind')!r}")
        texts = [metadata.get(key, "null") for key in ("plan", "classes", "normalization")]
        if "seal" in metadata and metadata["seal"] != seal(*texts):
            raise BadFile("the metadata was altered")
        network = build(Plan(texts[0]))
        set_weights(network, found)
        classes, normalization = (json.loads(text) for text in texts[1:])
        both = normalization and (normalization["mean"], normalization["deviation"])
        return network, classes, both if both and both[0] else None
    except (BadFile, Invalid, ValueError, KeyError, TypeError) as error:
        raise BadFile(f"{path}: {error}") from error


def load_weights(path, network):
    """Sets the weights of a network from any safetensors file that has them under their names; raises BadFile or OSError.

    Other tensors are ignored, so the file may be a checkpoint of a training run.
    """
    found, _ = tensors.read(path)
    try:
        set_weights(network, found)
    except BadFile as error:
        raise BadFile(f"{path}: {error}") from None


def seal(*texts):
    """Returns the seal in the metadata of a file."""
    return hashlib.sha256("".join(texts).encode()).hexdigest()[:32]
