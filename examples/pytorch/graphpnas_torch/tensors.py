"""Writes and reads files of weights in the safetensors format without other packages.

The metadata of written files contains a CRC-32 of the values as "crc32", which Go and this module check if it is present.
"""
import json
import os
import struct
import zlib

import torch

from .errors import BadFile

MAX_HEADER = 16 << 20
METADATA, CHECKSUM = "__metadata__", "crc32"
TYPES = {"F32": (torch.float32, 4), "F64": (torch.float64, 8)}


def write(path, tensors, metadata):
    """Writes named tensors, as float32, and named texts. An existing file is replaced when the new one is complete."""
    header, parts, end, checksum = {}, [], 0, 0
    for name, tensor in tensors.items():
        content = bytes_of(tensor)
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [end, end + len(content)]}
        checksum = zlib.crc32(content, checksum)
        parts.append(content)
        end += len(content)
    header[METADATA] = {**metadata, CHECKSUM: str(checksum)}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    if len(text) > MAX_HEADER:
        raise BadFile(f"{path}: the header must have at most {MAX_HEADER} bytes, got {len(text)}")
    unfinished = f"{path}.{os.getpid()}.part"
    with open(unfinished, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for content in parts:
            file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)


def bytes_of(tensor):
    """Returns the values in little-endian order."""
    flat = tensor.detach().to("cpu", torch.float32).contiguous().flatten()
    if flat.numel() == 0:
        return b""
    try:
        return flat.numpy().tobytes()
    except RuntimeError:  # without NumPy
        storage = bytearray(4 * flat.numel())
        torch.frombuffer(storage, dtype=torch.float32).copy_(flat)
        return bytes(storage)


def read(path):
    """Returns the tensors and the metadata of a file; raises BadFile or OSError."""
    with open(path, "rb") as file:
        content = file.read()
    try:
        return parse(content)
    except BadFile as error:
        raise BadFile(f"{path}: {error}") from None


def parse(content):
    """Returns the tensors and the metadata of a file's content; raises BadFile."""
    size = struct.unpack("<Q", content[:8])[0] if len(content) >= 8 else None
    if size is None or size > MAX_HEADER or 8 + size > len(content):
        raise BadFile("truncated, or not a safetensors file")
    try:
        header = json.loads(content[8 : 8 + size])
    except (ValueError, RecursionError) as error:
        raise BadFile(f"the header is not JSON: {error}") from None
    if not isinstance(header, dict):
        raise BadFile("the header must be an object")
    metadata = header.pop(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise BadFile("the metadata must be texts")
    values = memoryview(content)[8 + size :]
    tensors, end = {}, 0
    for name, entry in header.items():
        tensors[name], last = read_tensor(name, entry, values)
        end = max(end, last)
    if end != len(values):
        raise BadFile(f"there must be {end} bytes of values, got {len(values)}: truncated or altered")
    if CHECKSUM in metadata and metadata[CHECKSUM] != str(zlib.crc32(values)):
        raise BadFile(f"the checksum of the values must be {metadata[CHECKSUM]}, got {zlib.crc32(values)}: altered")
    return tensors, metadata


def read_tensor(name, entry, values):
    """Reads one tensor described by the header, and returns it with the end of its values."""
    try:
        kind, shape, (start, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
        sizes = [*shape, start, end]
        if kind not in TYPES or not all(type(size) is int and size >= 0 for size in sizes):
            raise ValueError
    except (TypeError, KeyError, ValueError):
        raise BadFile(f"tensor {name!r} must be F32 or F64 with a shape and data_offsets") from None
    dtype, width = TYPES[kind]
    number = 1
    for size in shape:
        number *= size
    if end - start != width * number or end > len(values):
        raise BadFile(f"tensor {name!r} of shape {shape} must have {width * number} bytes, got {start} to {end} of {len(values)}")
    if number == 0:
        return torch.empty(shape), end
    tensor = torch.frombuffer(bytearray(values[start:end]), dtype=dtype)
    return tensor.reshape(shape).float(), end
