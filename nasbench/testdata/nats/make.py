"""Makes the files in this directory: a benchmark of three architectures, of which two are recorded, in the published
forms of NAS-Bench-201, and its answers in expected.json. All figures are made up. bomb.pickle.pbz2 is the
start of a pickle of 256 MiB, size/meta.pickle.pbz2 and size.pickle.pbz2 belong to NATS-Bench's size space, and
weights.pickle.pbz2 is a cell with trained weights.

Needs numpy 1 and PyTorch 1.6 or later: python3 make.py
"""

import bz2
import json
import os
import pickle
import random
from collections import OrderedDict

import numpy as np
import torch

ARCHS = [
    "|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|avg_pool_3x3~1|nor_conv_1x1~2|",
    "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|",
    "|skip_connect~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+|skip_connect~0|none~1|avg_pool_3x3~2|",
]
RECORDED = [0, 2]
SETS = {
    "cifar10-valid": ["x-valid", "ori-test"],
    "cifar10": ["ori-test"],
    "cifar100": ["ori-test", "x-valid", "x-test"],
    "ImageNet16-120": ["ori-test", "x-valid", "x-test"],
}
SEEDS = {
    "12": {"cifar10-valid": [111, 777], "cifar10": [111], "cifar100": [111], "ImageNet16-120": [111]},
    "200": {"cifar10-valid": [777, 888]},
}
draw = random.Random(201)

# One object for all training runs of 200 epochs, to check that architectures can share one.
TIMES_200 = {f"{name}@{i}": 2.5 + i / 1000 for name in SETS["cifar10-valid"] for i in range(200)}


def trial(arch, dataset, seed, epochs):
    """A training run. Those of 200 epochs keep accuracies and losses only of the last epoch."""
    recorded = range(epochs) if epochs == 12 else [epochs - 1]
    names = SETS[dataset]
    keys = [f"{name}@{i}" for name in names for i in recorded]
    times = {f"{name}@{i}": draw.uniform(0.3, 3) for name in names for i in recorded}
    time = draw.uniform(5, 50)
    return {
        "name": dataset,
        "train_acc1es": {i: draw.uniform(10, 90) for i in recorded},
        "train_acc5es": None,
        "train_losses": {i: draw.uniform(0.1, 4) for i in recorded},
        "train_times": OrderedDict((i, time + i % 2) for i in range(epochs)),
        "arch_config": {"channel": 16, "num_cells": 5, "arch_str": arch, "class_num": 10},
        "params": np.float64(draw.uniform(0.1, 1.5)),
        "flop": np.float32(draw.uniform(8, 190)) if seed == 888 else draw.uniform(8, 190),
        "seed": f"{seed:04d}",
        "epochs": epochs,
        "latency": None if seed == 111 and dataset == "cifar10" else [np.float64(draw.uniform(0.01, 0.02)), 0.015],
        "eval_names": names,
        "eval_acc1es": {key: draw.uniform(10, 90) for key in keys},
        "eval_times": times if epochs == 12 else TIMES_200,
        "eval_losses": {key: draw.uniform(0.1, 4) for key in keys},
        "net_state_dict": None,
    }


def results(index, hp):
    return {
        "arch_index": index,
        "arch_str": ARCHS[index],
        "all_results": {
            (dataset, seed): trial(ARCHS[index], dataset, seed, int(hp))
            for dataset, seeds in SEEDS[hp].items() for seed in reversed(seeds)
        },
        "dataset_seed": SEEDS[hp],
        "clear_net_done": True,
    }


def mean(values):
    """The mean, or None if nothing is recorded."""
    values = [value for value in values if value is not None]
    return float(np.mean(values)) if values else None


def info(trials, dataset):
    """The result of get_more_info."""
    valid, test = ("x-valid", "x-test") if dataset.startswith(("cifar100", "Image")) else ("x-valid", "ori-test")
    splits = {"valid": valid, "test": test, "valtest": "ori-test" if test == "x-test" else None}
    answer = {}

    def add(name, accs, losses, times):
        answer[name + "-accuracy"] = mean(accs)
        answer[name + "-loss"] = mean(losses)
        answer[name + "-all-time"] = mean(times)
        answer[name + "-per-time"] = mean(times) / trials[0]["epochs"]

    last = trials[0]["epochs"] - 1
    add("train", [t["train_acc1es"][last] for t in trials], [t["train_losses"][last] for t in trials],
        [sum(t["train_times"].values()) for t in trials])
    for name, split in splits.items():
        key = f"{split}@{last}"
        if key in trials[0]["eval_acc1es"]:
            add(name, [t["eval_acc1es"][key] for t in trials], [t["eval_losses"][key] for t in trials],
                [sum(t["eval_times"][f"{split}@{i}"] for i in range(last + 1)) for t in trials])
    return answer


def cost(trials):
    """The result of get_cost_info, without None values."""
    answer = {
        "flops": mean([t["flop"] for t in trials]),
        "params": mean([t["params"] for t in trials]),
        "latency": mean([t["latency"] and sum(t["latency"]) / len(t["latency"]) for t in trials]),
        "T-train@epoch": mean([np.mean(list(t["train_times"].values())) for t in trials]),
        "T-train@total": mean([np.sum(list(t["train_times"].values())) for t in trials]),
    }
    for name in trials[0]["eval_names"]:
        times = [[t["eval_times"][f"{name}@{i}"] for i in range(t["epochs"])] for t in trials]
        answer[f"T-{name}@epoch"] = mean([np.mean(x) for x in times])
        answer[f"T-{name}@total"] = mean([np.sum(x) for x in times])
    return {name: value for name, value in answer.items() if value is not None}


def expected(index, budgets):
    answer = {"index": index, "arch": ARCHS[index], "metrics": {}, "cost": {}}
    for hp, state in budgets.items():
        for dataset, seeds in SEEDS[hp].items():
            for seed in [None, *seeds]:
                trials = [state["all_results"][(dataset, s)] for s in seeds if seed in (None, s)]
                key = f"{dataset}@{hp}" + (f"#{seed}" if seed else "")
                answer["metrics"][key] = info(trials, dataset)
                answer["cost"][key] = cost(trials)
    return answer


def write(path, value):
    with bz2.open(path, "wb") as file:
        pickle.dump(value, file, protocol=4)


def main():
    os.makedirs("simple", exist_ok=True)
    meta = {"meta_archs": ARCHS, "total_archs": len(ARCHS), "arch2infos": None, "evaluated_indexes": set()}
    write("simple/meta.pickle.pbz2", meta)
    infos = {i: OrderedDict((hp, results(i, hp)) for hp in SEEDS) for i in RECORDED}
    for i in RECORDED:
        write(f"simple/{i:06d}.pickle.pbz2", infos[i])
    write("single.pickle.pbz2", {**meta, "arch2infos": infos, "evaluated_indexes": set(RECORDED)})
    older = {i: {"full": budgets["200"], "less": budgets["12"]} for i, budgets in infos.items()}
    older = {**meta, "arch2infos": older, "evaluated_indexes": RECORDED}
    torch.save(older, "legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(older, "zip.pth")
    one = {**meta, "arch2infos": {2: infos[2]}, "evaluated_indexes": {2}}
    write("one.pickle.pbz2", one)
    os.makedirs("size", exist_ok=True)
    sizes = {**meta, "meta_archs": ["8:8:8:8:8", "64:64:64:64:64"], "total_archs": 2}
    write("size/meta.pickle.pbz2", sizes)
    record = {**results(0, "200"), "arch_str": "8:8:8:8:8"}
    write("size.pickle.pbz2", {**sizes, "arch2infos": {0: {"90": record}}, "evaluated_indexes": {0}})
    record = results(0, "200")
    for training in record["all_results"].values():
        training["net_state_dict"] = OrderedDict(weight=torch.zeros(2))
    write("weights.pickle.pbz2", OrderedDict([("200", record)]))
    with open("bomb.pickle.pbz2", "wb") as file:
        file.write(bz2.compress(b"\x80\x04}" + b"K\x00Ns" * (1 << 26)))
    with open("expected.json", "w") as file:
        json.dump([expected(i, infos[i]) for i in RECORDED], file, indent=1)


if __name__ == "__main__":
    main()
