"""Differential fuzzing of internal/pickle: makes random objects, saves them with Python, and compares what Go reads.

    python3 internal/cmd/unpickle/compare.py --count 10000
    python3 internal/cmd/unpickle/compare.py --count 10000 --torch

With --torch, the objects also contain numpy scalars, and two thirds of the files are written by torch.save, in its formats since
and before version 1.6. This needs PyTorch and numpy, for example Debian's packages python3-torch and python3-numpy.

Half of the files are damaged in one byte. Go may reject a damaged file that Python reads, but if both read it, they must agree. What
only Go reads must be what was saved: in a zip archive, the checksum of the pickle shows that the damage is elsewhere. Go must
reject objects that contain tensors or arrays.
"""

import argparse
import collections
import io
import json
import pickle
import random
import struct
import subprocess
import sys
import types

FORBIDDEN = "FORBIDDEN"  # the result of reading an object that Go must refuse


class Drawer:
    """Draws objects. The attribute forbidden tells whether Go must reject the last one."""

    def __init__(self, rng, torch):
        self.rng, self.torch, self.forbidden = rng, torch, False

    def draw(self, depth):
        rng = self.rng
        kind = rng.randrange(12 if depth > 0 else 8)
        if self.torch and rng.random() < 0.1:
            return self.scalar() if rng.random() < 0.95 else self.tensor()
        if kind == 0:
            return None
        if kind == 1:
            return rng.random() < 0.5
        if kind == 2:
            return rng.choice([0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, -(2**31), 2**40, -(2**40), rng.randrange(-10**9, 10**9)])
        if kind in (3, 4):
            return rng.choice([0.0, -1.5, 1e300, 1e-300, rng.random(), rng.gauss(0, 1e6)])
        if kind in (5, 6):
            return "".join(rng.choice("abcé∀ \n\"\\0") for _ in range(rng.randrange(300 if rng.random() < 0.05 else 9)))
        if kind == 7:
            return bytes(rng.randrange(256) for _ in range(rng.randrange(9)))
        size = rng.randrange(5)
        if kind == 8:
            return [self.draw(depth - 1) for _ in range(size)]
        if kind == 9:
            return tuple(self.draw(depth - 1) for _ in range(size))
        pairs = [(rng.choice([f"key {i}", i]), self.draw(depth - 1)) for i in range(size)]
        return dict(pairs) if kind == 10 else collections.OrderedDict(pairs)

    def scalar(self):
        import numpy

        number = self.rng.choice([0, -1, 1000, 2**31 - 1, self.rng.randrange(-10**6, 10**6)])
        return self.rng.choice([numpy.float64, numpy.float32, numpy.int64])(number)

    def tensor(self):
        import torch

        self.forbidden = True
        dtype = self.rng.choice([torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.uint8, torch.bool])
        tensor = torch.ones([self.rng.randrange(4) for _ in range(self.rng.randrange(4))], dtype=dtype)
        if dtype is not torch.bfloat16 and self.rng.random() < 0.3:
            return tensor.numpy()
        return tensor


def plain(value):
    if isinstance(value, dict):
        return {"pairs": [[plain(k), plain(v)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return {"set": [plain(v) for v in value]}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": list(value)}
    if type(value).__module__ == "numpy" and type(value).__name__ in ("float64", "float32", "int64"):
        value = value.item()
    if isinstance(value, float):
        return {"float": value}
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return FORBIDDEN


def same(python, go):
    if isinstance(python, dict) and "float" in python:
        return isinstance(go, dict) and "float" in go and repr(float(go["float"])) == repr(float(python["float"]))
    if isinstance(python, dict) and "set" in python:
        mine, theirs = python["set"], isinstance(go, dict) and go.get("set") or []
        return len(mine) == len(theirs) and all(any(same(a, b) for b in theirs) for a in mine)
    if isinstance(python, dict) and isinstance(go, dict):
        return python.keys() == go.keys() and all(same(python[k], go[k]) for k in python)
    if isinstance(python, list) and isinstance(go, list):
        return len(python) == len(go) and all(map(same, python, go))
    return type(python) is type(go) and python == go


class Careful(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) in {
            ("collections", "OrderedDict"),
            ("_codecs", "encode"),
            ("numpy", "dtype"),
            ("numpy.core.multiarray", "scalar"),
        }:
            return super().find_class(module, name)
        raise ValueError(f"{module}.{name}")


CAREFUL = types.SimpleNamespace(
    Unpickler=Careful, load=lambda file, **options: Careful(file, **options).load(), UnpicklingError=pickle.UnpicklingError
)


def save(rng, value, torch):
    kind = rng.randrange(3) if torch else 0
    if kind == 0:
        return "pickle", pickle.dumps(value, protocol=rng.randrange(3, 6))
    import torch

    file = io.BytesIO()
    torch.save(value, file, _use_new_zipfile_serialization=kind == 1)
    return "zip" if kind == 1 else "legacy", file.getvalue()


def load(kind, data):
    """Yields the result of each of Python's readers for a file: an object or an exception."""
    if kind == "pickle":
        yield attempt(lambda: Careful(io.BytesIO(data)).load())
        return
    import torch

    yield attempt(lambda: torch.load(io.BytesIO(data), pickle_module=CAREFUL))
    yield attempt(lambda: torch.load(io.BytesIO(data), weights_only=True))


def attempt(read):
    try:
        return plain(read())
    except Exception as error:  # a damaged file can cause any exception
        return error


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--torch", action="store_true")
    parser.add_argument("--command", default="go run ./internal/cmd/unpickle", help="the command that reads with Go")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    drawer, files, stream = Drawer(rng, options.torch), [], b""
    for i in range(options.count):
        drawer.forbidden = False
        value = drawer.draw(4)
        kind, data = save(rng, value, options.torch)
        damaged = i % 2 == 1
        if damaged:
            at = rng.randrange(len(data))
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        files.append((kind, data, damaged, None if drawer.forbidden else plain(value), drawer.forbidden))
        stream += struct.pack("<Q", len(data)) + data
    out = subprocess.run(options.command.split(), input=stream, stdout=subprocess.PIPE, check=True).stdout
    lines = out.decode().splitlines()
    assert len(lines) == options.count, (len(lines), options.count)
    counts = collections.Counter()
    for i, ((kind, data, damaged, value, forbidden), line) in enumerate(zip(files, lines)):
        go = json.loads(line)
        if isinstance(go, dict) and "error" in go:
            counts["refused by Go"] += 1
            if not damaged and not forbidden:
                counts["violations"] += 1
                print(f"{kind} {i}: Go refuses {value!r}: {go['error']}")
            continue
        read = [python for python in load(kind, data) if not isinstance(python, Exception)]
        counts["read by both" if read else "read by Go alone"] += 1
        if (not read or not damaged) and (forbidden or not same(value, go)):
            counts["violations"] += 1
            print(f"{kind} {i}: Python saved {'a tensor' if forbidden else repr(value)}, Go reads {go!r}")
        for python in read:
            if not same(python, go):
                counts["violations"] += 1
                print(f"{kind} {i}: {data!r}: Python reads {python!r}, Go {go!r}")
    counts["violations"] += 0
    print(f"{options.count} files:", ", ".join(f"{n} {what}" for what, n in sorted(counts.items())))
    sys.exit(counts["violations"] > 0)


if __name__ == "__main__":
    main()
