"""Small plans for tests."""
import json


def init(kind="constant", value=0.0):
    return {"kind": kind, "value": value}


def chain(channels=4, size=9, classes=2):
    """Returns a document of a small network: convolution, normalization, pool, linear layer and an unused convolution."""
    return {
        "plan": 1,
        "arch": "chain",
        "input": {"channels": 1, "height": size, "width": size, "classes": classes},
        "parameters": [
            {"name": "idle.weight", "shape": [1, 1, 1, 3], "init": init("normal", 1.0)},
            {"name": "stem.weight", "shape": [3, 3, 1, channels], "init": init("normal", 0.5)},
            {"name": "norm.weight", "shape": [channels], "init": init(value=1.0)},
            {"name": "norm.bias", "shape": [channels], "init": init()},
            {"name": "norm.running_mean", "shape": [channels], "statistic": True, "init": init()},
            {"name": "norm.running_var", "shape": [channels], "statistic": True, "init": init(value=1.0)},
            {"name": "head.weight", "shape": [channels, classes], "init": init("uniform", 0.5)},
            {"name": "head.bias", "shape": [classes], "init": init("uniform", 0.5)},
        ],
        "operations": [
            {"op": "conv", "inputs": [0], "shape": [3, size, size], "name": "idle", "kernel": 1, "stride": 1, "dilation": 1},
            {"op": "conv", "inputs": [0], "shape": [channels, size, size], "name": "stem", "kernel": 3, "stride": 1, "dilation": 1},
            {
                "op": "batch_norm", "inputs": [2], "shape": [channels, size, size], "name": "norm",
                "epsilon": 1e-5, "momentum": 0.1, "mode": "running",
            },
            {"op": "relu", "inputs": [3], "shape": [channels, size, size]},
            {"op": "max_pool", "inputs": [4], "shape": [channels, -(-size // 2), -(-size // 2)], "kernel": 2, "stride": 2},
            {"op": "global_avg_pool", "inputs": [5], "shape": [channels, 1, 1]},
            {"op": "linear", "inputs": [6], "shape": [classes, 1, 1], "name": "head"},
        ],
        "logits": 7,
    }


def changed(change):
    """Returns the JSON text of the chain's document after a change."""
    document = chain()
    change(document)
    return json.dumps(document)
