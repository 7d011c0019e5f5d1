"""Differential fuzzing of internal/pickle: makes random objects, pickles them with Python, and compares what Go reads.

    python3 internal/cmd/unpickle/compare.py 10000 [seed]

Half of the pickles are damaged in one byte. Of those, Go may refuse what Python reads, but what both read must be equal.
"""

import collections
import io
import json
import pickle
import random
import struct
import subprocess
import sys


def draw(rng, depth):
    kind = rng.randrange(12 if depth > 0 else 8)
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
        return [draw(rng, depth - 1) for _ in range(size)]
    if kind == 9:
        return tuple(draw(rng, depth - 1) for _ in range(size))
    pairs = [(rng.choice([f"key {i}", i]), draw(rng, depth - 1)) for i in range(size)]
    return dict(pairs) if kind == 10 else collections.OrderedDict(pairs)


def plain(value):
    if isinstance(value, dict):
        return {"pairs": [[plain(k), plain(v)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": list(value)}
    if isinstance(value, float):
        return {"float": value}
    if value is None or isinstance(value, (bool, int, str)):
        return value
    raise ValueError(type(value))


def same(python, go):
    if isinstance(python, dict) and "float" in python:
        return isinstance(go, dict) and "float" in go and repr(float(go["float"])) == repr(float(python["float"]))
    if isinstance(python, dict) and isinstance(go, dict):
        return python.keys() == go.keys() and all(same(python[k], go[k]) for k in python)
    if isinstance(python, list) and isinstance(go, list):
        return len(python) == len(go) and all(map(same, python, go))
    return type(python) is type(go) and python == go


class Careful(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        raise ValueError(f"{module}.{name}")


def main():
    count = int(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    rng = random.Random(seed)
    texts, stream = [], b""
    for i in range(count):
        text = pickle.dumps(draw(rng, 4), protocol=rng.randrange(3, 6))
        if i % 2:
            at = rng.randrange(len(text))
            text = text[:at] + bytes([rng.randrange(256)]) + text[at + 1 :]
        texts.append(text)
        stream += struct.pack("<Q", len(text)) + text
    out = subprocess.run(["go", "run", "./internal/cmd/unpickle"], input=stream, stdout=subprocess.PIPE, check=True).stdout
    lines = out.decode().splitlines()
    assert len(lines) == count, (len(lines), count)
    both = refused = wrong = 0
    for i, (text, line) in enumerate(zip(texts, lines)):
        go = json.loads(line)
        try:
            python = plain(Careful(io.BytesIO(text)).load())
        except Exception as error:  # whatever a damaged pickle does
            python = error
        if isinstance(go, dict) and "error" in go:
            refused += 1
            if i % 2 == 0:
                wrong += 1
                print(f"pickle {i}: Go refuses {text!r}: {go['error']}")
            continue
        if isinstance(python, Exception):
            continue
        both += 1
        if not same(python, go):
            wrong += 1
            print(f"pickle {i}: {text!r}: Python reads {python!r}, Go {go!r}")
    print(f"{count} pickles: {both} read by both, {refused} refused by Go, {wrong} violations")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
