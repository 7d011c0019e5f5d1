#!/usr/bin/env python3
"""Trains networks for GraphPNAS: reads plans of networks and replies with validation accuracies.

Requests are lines of JSON on standard input, and replies are lines of JSON on standard output. README.md describes data
and budgets. A worker that cannot work at all (no PyTorch, no data, no GPU) exits with a line that says why.
"""
import argparse
import os
import sys
import time

try:
    import torch
except (ImportError, OSError) as error:  # OSError: a library that PyTorch needs is missing
    sys.exit(f"PyTorch cannot be imported by {sys.executable}: {error}")

from graphpnas_torch import data, protocol
from graphpnas_torch.errors import BadData, Invalid
from graphpnas_torch.evaluation import Evaluator
from graphpnas_torch.training import Diverged

PRECISIONS = ["auto", "float32", "float16", "bfloat16"]


def arguments():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, metavar="DIR", help="folder of the data set's files")
    parser.add_argument("--dataset", default="fashion-mnist", choices=data.DATASETS)
    parser.add_argument("--size", type=int, default=32, help="size in pixels to which the images of a folder are scaled, at least 8")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--precision", default="auto", choices=PRECISIONS, help="auto: float16 on a GPU, float32 on a CPU")
    parser.add_argument("--compile", action="store_true", help="compile networks with torch.compile: takes a minute or more, so only for long training runs")
    parser.add_argument("--checkpoints", metavar="DIR", help="folder for checkpoints, from which unfinished training runs are resumed")
    parser.add_argument("--trained", metavar="DIR", help="folder for the trained networks")
    args = parser.parse_args()
    if args.size < 8:
        parser.error(f"--size must be at least 8, got {args.size}")
    return args


def choose_device(name):
    """Returns the device with this name; "auto" is a GPU if there is one."""
    if name == "cuda" and not torch.cuda.is_available():
        sys.exit(f"--device cuda: PyTorch {torch.__version__} finds no GPU")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def choose_precision(name, device):
    """Returns the precision with this name."""
    if name == "float16" and device.type != "cuda":
        sys.exit("--precision float16 needs a GPU: choose bfloat16 or float32")
    if name == "auto":
        name = "float16" if device.type == "cuda" else "float32"
    return name


def answer(request, evaluator, replies):
    """Evaluates a request and replies. Returns False if the GPU has failed, after which this process cannot use it any more."""
    begin = time.monotonic()
    try:
        request.check()
        value, metrics = evaluator.evaluate(
            request, lambda fraction, message: replies.progress(request, fraction, message)
        )
    except (Invalid, Diverged) as error:
        replies.failure(request, str(error))
    except Exception as error:
        failed = gpu_failed(error)
        temporary = failed or out_of_memory(error) or isinstance(error, OSError)
        replies.failure(request, f"{type(error).__name__}: {error}", temporary)
        return not failed
    else:
        replies.result(request, value, metrics, time.monotonic() - begin)
    return True


def out_of_memory(error):
    """Reports whether the machine or its GPU ran out of memory, which PyTorch reports by various exceptions."""
    text = str(error)
    return isinstance(error, MemoryError) or isinstance(error, RuntimeError) and (
        "out of memory" in text or "can't allocate memory" in text or "not enough memory" in text
    )


def gpu_failed(error):
    """Reports whether CUDA or cuDNN failed, other than for lack of memory."""
    return isinstance(error, RuntimeError) and not out_of_memory(error) and ("CUDA" in str(error) or "cuDNN" in str(error))


def serve(requests, evaluator, replies, device):
    """Answers requests until they end."""
    for request in requests:
        if not answer(request, evaluator, replies):
            evaluator.shared = None  # they are on the GPU
            sys.exit("the GPU has failed; a new process may be able to use it")
        if device.type == "cuda":
            torch.cuda.empty_cache()  # for the other processes on this GPU


def main():
    # From here on, output of libraries goes to standard error.
    replies = protocol.Replies(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)
    args = arguments()
    torch.backends.cudnn.benchmark = False  # benchmarking chooses algorithms by speed, which differs between runs
    torch.backends.cudnn.deterministic = True
    device = choose_device(args.device)
    precision = choose_precision(args.precision, device)
    try:
        dataset = data.load(args.dataset, args.data, args.size)
    except (BadData, OSError) as error:
        sys.exit(f"cannot load the data (--data {args.data} --dataset {args.dataset}): {error}")
    try:
        evaluator = Evaluator(dataset, device, precision, args.checkpoints, args.trained, args.compile)
    except OSError as error:
        sys.exit(f"cannot make a folder: {error}")
    try:
        serve(protocol.requests(sys.stdin.buffer), evaluator, replies, device)
    except protocol.Unanswerable as error:
        sys.exit(f"cannot answer: {error}")
    finally:
        evaluator.close()


if __name__ == "__main__":
    main()
