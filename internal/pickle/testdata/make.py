"""Makes the files in this directory: one object in several protocols. Needs numpy 1: python3 make.py"""

import pickle
from collections import OrderedDict

import numpy as np

LIST = ["x"]
PLAIN = {
    "none": None, "yes": True, "no": False,
    "ints": [0, 255, 256, 65535, 65536, -1, 2**31 - 1, -(2**31), 2**40, -(2**40)],
    "float": -1.5, "str": "é", "bytes": b"\xff\x00",
    "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
    "ordered": OrderedDict([("b", 1.0), ("a", 2.0)]),
    "curve": {"x@0": 1.0, "x@1": 2.5, 3: 0.5, 300: 4.0, 70000: 5.0, "float": 6.0},
    "shared": [LIST, LIST],
    "numpy": [np.float64(0.1), np.float32(0.5), np.int64(-3)],
    "split": {7: [LIST, "new"], 8: ["new", {"x@0": -1.0, "x@1": -2.0}]},
    "tail": ["new"],
}

for protocol in (2, 3, 4, 5):
    with open(f"plain{protocol}.pickle", "wb") as file:
        pickle.dump(PLAIN, file, protocol=protocol)
