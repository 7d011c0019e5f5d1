#!/usr/bin/env python3
"""Evaluates architectures for GraphPNAS: reads requests and writes replies, each a line of JSON.

A formula replaces training here; put your own training into train. This file needs only Python 3.
"""
import json
import os
import sys
import time

WORTH = {"skip_connect": 1.0, "avg_pool_3x3": 0.5, "nor_conv_1x1": 2.0, "nor_conv_3x3": 3.0}


def train(request, progress):
    """Return the objective, which the search maximizes, and further figures by name.

    progress takes the fraction that is done and a text. With epoch=6, value=71.2 it also reports the objective so far.
    """
    edges = [edge for part in request["arch"]["parts"] for edge in part["edges"]]
    epochs = int(request.get("budget", {}).get("epochs", 1))
    for epoch in range(1, epochs + 1):
        progress(epoch / epochs, f"epoch {epoch} of {epochs}")
    value = sum(WORTH[edge["op"]] / (1 + edge["from"]) for edge in edges) - 0.2 * len(edges) ** 2
    return value, {"edges": len(edges)}


def main():
    # What libraries print goes to standard error from here on, so that it is not mistaken for a reply.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def reply(**fields):
        print(json.dumps(fields, allow_nan=False), file=replies, flush=True)

    for line in sys.stdin:
        request = json.loads(line)
        if request["protocol"] != 1:
            sys.exit(f"unsupported protocol version {request['protocol']}")
        name, begin = request["id"], time.monotonic()
        try:
            value, metrics = train(request, lambda done, text, **so_far: reply(id=name, progress=done, message=text, **so_far))
            reply(id=name, value=value, metrics=metrics, cost_seconds=time.monotonic() - begin)
        except Exception as failure:
            reply(id=name, error=f"{type(failure).__name__}: {failure}")


if __name__ == "__main__":
    main()
