"""The networks of NAS-Bench-101 (Ying et al. 2019, arXiv 1902.09635).

A stem, three stacks of equal cells with a maximum pool of stride 2 between them, and a linear classifier. A cell's nodes
are operations; the last node concatenates what feeds it.
"""
from itertools import permutations

import torch
from torch import nn

from cells import check_op, read_part
from protocol import Invalid

MAX_NODES, MAX_EDGES = 7, 9
INPUT, OUTPUT = "input", "output"


def conv_bn_relu(inputs, outputs, kernel):
    """Convolution, batch normalisation, ReLU; it keeps the image's size."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


# The operations of inner nodes, each made for a number of channels.
OPS = {
    "conv3x3-bn-relu": lambda channels: conv_bn_relu(channels, channels, 3),
    "conv1x1-bn-relu": lambda channels: conv_bn_relu(channels, channels, 1),
    "maxpool3x3": lambda channels: nn.MaxPool2d(3, stride=1, padding=1),
}


def read_cell(arch):
    """Reads a cell, as the operations of its nodes and the set of its edges (from, to); raises Invalid.

    Its nodes are in the benchmark's order.
    """
    nodes, ops, edges = read_part(arch)
    if not 2 <= nodes <= MAX_NODES or len(edges) > MAX_EDGES:
        raise Invalid(f"a cell of NAS-Bench-101 has 2 to {MAX_NODES} nodes and at most {MAX_EDGES} edges")
    if any(op is not None for op in edges.values()):
        raise Invalid("the edges of a cell of NAS-Bench-101 have no operations")
    if not isinstance(ops, list) or len(ops) != nodes or ops[0] != INPUT or ops[-1] != OUTPUT:
        raise Invalid(f"the nodes of a cell of NAS-Bench-101 are {INPUT}, operations and {OUTPUT}")
    for op in ops[1:-1]:
        check_op(op, OPS)
    sources, targets = {source for source, _ in edges}, {target for _, target in edges}
    if sources != set(range(nodes - 1)) or targets != set(range(1, nodes)):
        raise Invalid("a node of the cell is on no path from input to output")
    return in_order(ops, edges)


def in_order(ops, edges):
    """Returns a cell with its inner nodes in the order in which the benchmark has them.

    Isomorphic cells are one to it, but not quite to their networks, where channels do not divide: the benchmark has
    trained the first in its listing, which goes by the edges, as the digits of a binary number, and then by the operations.
    """
    numbers = {op: number for number, op in enumerate(OPS)}
    last = len(ops) - 1
    best = None
    for order in permutations(range(1, last)):
        nodes = [0, *order, last]
        place = {node: i for i, node in enumerate(nodes)}
        moved = {(place[source], place[target]) for source, target in edges}
        if any(source > target for source, target in moved):
            continue
        digits = sum(1 << (target * (target - 1) // 2 + source) for source, target in moved)
        rank = digits, [numbers[ops[node]] for node in order]
        if best is None or rank < best[0]:
            best = rank, [ops[node] for node in nodes], moved
    return best[1:]


def node_channels(nodes, edges, inputs, outputs):
    """Returns how many channels each node computes.

    The inner nodes that feed the output share its channels, the first of them one more each where they do not divide. Any
    other inner node has as many as the widest node that it feeds.
    """
    last = nodes - 1
    channels = [inputs] + [0] * (nodes - 2) + [outputs]
    feeding = [node for node in range(1, last) if (node, last) in edges]
    for place, node in enumerate(feeding):
        channels[node] = outputs // len(feeding) + (place < outputs % len(feeding))
    for node in reversed(range(1, last)):
        if node not in feeding:
            channels[node] = max(channels[target] for target in range(node + 1, last) if (node, target) in edges)
    return channels


class Cell(nn.Module):
    """One cell: a node that reads the cell's input does so through a projection to its own channels."""

    def __init__(self, ops, edges, inputs, outputs):
        super().__init__()
        self.last = len(ops) - 1
        self.channels = node_channels(len(ops), edges, inputs, outputs)
        if min(self.channels) < 1:
            raise Invalid(f"{outputs} channels are too few for the nodes that feed the cell's output")
        self.into = [[source for source in range(1, node) if (source, node) in edges] for node in range(len(ops))]
        self.projections = nn.ModuleDict(
            {str(node): conv_bn_relu(inputs, self.channels[node], 1) for source, node in sorted(edges) if source == 0}
        )
        self.ops = nn.ModuleDict({str(node): OPS[ops[node]](self.channels[node]) for node in range(1, self.last)})

    def forward(self, images):
        values = [images]
        for node in range(1, self.last):
            width = self.channels[node]
            # A wider node is cut to the channels of the one that reads it.
            terms = [values[source][:, :width] for source in self.into[node]]
            values.append(self.ops[str(node)](self.projected(images, node, terms)))
        joined = [torch.cat([values[source] for source in self.into[self.last]], dim=1)] if self.into[self.last] else []
        return self.projected(images, self.last, joined)

    def projected(self, images, node, terms):
        """Adds up the terms, and the projection of the cell's input where it feeds the node."""
        if str(node) in self.projections:
            terms = terms + [self.projections[str(node)](images)]
        return sum(terms[1:], terms[0])


def network(cell, budget, image_channels, classes):
    """Builds the network of a cell: budget.channels in the stem and the first stack, budget.cells a stack."""
    ops, edges = cell
    inputs = channels = budget.channels
    layers = [conv_bn_relu(image_channels, channels, 3)]
    for stack in range(3):
        if stack > 0:
            layers.append(nn.MaxPool2d(2, stride=2))
            channels *= 2
        for _ in range(budget.cells):
            layers.append(Cell(ops, edges, inputs, channels))
            inputs = channels
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*layers)
