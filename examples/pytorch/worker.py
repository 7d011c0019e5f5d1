#!/usr/bin/env python3
"""Trains networks for GraphPNAS: cells of NAS-Bench-201 and NAS-Bench-101 come in, validation accuracies go out.

Requests are lines of JSON on standard input, replies lines of JSON on standard output. README.md describes data and
budgets. A worker that cannot work at all (no PyTorch, no data, no GPU) exits with one line that says why.
"""
import argparse
import os
import sys
import time

try:
    import torch
except (ImportError, OSError) as error:  # OSError: a library that PyTorch needs is missing
    sys.exit(f"PyTorch cannot be imported by {sys.executable}: {error}")

import budget
import data
import nasbench101
import nasbench201
import protocol
from files import BadData
from train import Diverged, evaluate

SPACES = {"nasbench101": nasbench101, "nasbench201": nasbench201}


def arguments():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, metavar="DIR", help="folder of the data set's files")
    parser.add_argument("--dataset", default="fashion-mnist", choices=data.DATASETS)
    parser.add_argument("--size", type=int, default=32, help="pixels to which the images of a folder are scaled, at least 8")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    args = parser.parse_args()
    if args.size < 8:
        parser.error("--size is below 8")
    return args


def choose_device(name):
    """Returns the device of a name; "auto" is a GPU if there is one."""
    if name == "cuda" and not torch.cuda.is_available():
        sys.exit(f"--device cuda: PyTorch {torch.__version__} finds no GPU")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def answer(request, dataset, device, replies):
    """Evaluates a request and replies."""
    begin = time.monotonic()
    try:
        request.check()
        if request.space not in SPACES:
            raise protocol.Invalid(f"unknown space {request.space!r}: there are {', '.join(SPACES)}")
        space, spend = SPACES[request.space], budget.read(request.space, request.budget)
        cell = space.read_cell(request.arch)
        training, validation = data.split(dataset, spend)
        value, metrics = evaluate(
            lambda: space.network(cell, spend, dataset.images.shape[1], dataset.classes),
            training, validation, spend, request.seed, device,
            lambda fraction, message: replies.progress(request, fraction, message),
        )
    except (protocol.Invalid, Diverged) as error:
        replies.failure(request, str(error))
    except Exception as error:
        replies.failure(request, f"{type(error).__name__}: {error}", temporary=out_of_memory(error))
    else:
        replies.result(request, value, metrics, time.monotonic() - begin)


def out_of_memory(error):
    """Returns whether the machine or its GPU ran out of memory, which PyTorch reports by various exceptions."""
    text = str(error)
    return isinstance(error, MemoryError) or isinstance(error, RuntimeError) and (
        "out of memory" in text or "can't allocate memory" in text or "not enough memory" in text
    )


def main():
    # From here on, whatever libraries print goes to standard error.
    replies = protocol.Replies(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)
    args = arguments()
    torch.backends.cudnn.benchmark = False  # it would choose algorithms by their speed, differently in each run
    torch.backends.cudnn.deterministic = True
    try:
        device, dataset = choose_device(args.device), data.load(args.dataset, args.data, args.size)
    except (BadData, OSError) as error:
        sys.exit(f"cannot load the data (--data {args.data} --dataset {args.dataset}): {error}")
    try:
        for request in protocol.requests(sys.stdin.buffer):
            answer(request, dataset, device, replies)
            if device.type == "cuda":
                torch.cuda.empty_cache()  # for the other processes on this GPU
    except protocol.Unanswerable as error:
        sys.exit(f"cannot answer: {error}")


if __name__ == "__main__":
    main()
