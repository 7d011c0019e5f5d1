"""The networks of NAS-Bench-201 (Dong & Yang 2020, arXiv 2001.00326).

A stem, three stages of equal cells with a residual block of stride 2 between them, and a linear classifier. A cell has
four nodes; each is the sum of the operations on the edges into it.
"""
import torch
from torch import nn

from cells import check_op, read_part
from protocol import Invalid

NODES = 4


def relu_conv_bn(inputs, outputs, kernel, stride=1):
    """Convolution after ReLU and before batch normalisation; it keeps the image's size but for the stride."""
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )


# The operations, each made for a number of channels. "none" is the absence of the edge.
OPS = {
    "skip_connect": lambda channels: nn.Identity(),
    "nor_conv_1x1": lambda channels: relu_conv_bn(channels, channels, 1),
    "nor_conv_3x3": lambda channels: relu_conv_bn(channels, channels, 3),
    "avg_pool_3x3": lambda channels: nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False),
}


def read_cell(arch):
    """Reads a cell, as {(from, to): operation}; raises Invalid."""
    nodes, ops, edges = read_part(arch)
    if nodes != NODES or ops is not None:
        raise Invalid(f"a cell of NAS-Bench-201 has {NODES} nodes without operations")
    for op in edges.values():
        check_op(op, OPS.keys() | {"none"})
    return {ends: op for ends, op in edges.items() if op != "none"}


class Cell(nn.Module):
    """One cell."""

    def __init__(self, edges, channels):
        super().__init__()
        self.into = [[] for _ in range(NODES)]  # of each node: (source, name of the operation on the edge)
        self.ops = nn.ModuleDict()
        for (source, node), op in sorted(edges.items()):
            name = f"{source}-{node}"
            self.ops[name] = OPS[op](channels)
            self.into[node].append((source, name))

    def forward(self, images):
        values = [images]
        for into in self.into[1:]:
            # A node that nothing feeds is zero.
            values.append(sum((self.ops[name](values[source]) for source, name in into), torch.zeros_like(images)))
        return values[-1]


class Reduction(nn.Module):
    """The residual block between two stages: twice the channels, half the size."""

    def __init__(self, channels):
        super().__init__()
        self.main = nn.Sequential(relu_conv_bn(channels, 2 * channels, 3, stride=2), relu_conv_bn(2 * channels, 2 * channels, 3))
        # An image of odd size is halved upwards, as the convolution does it.
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(2, stride=2, ceil_mode=True, count_include_pad=False),
            nn.Conv2d(channels, 2 * channels, 1, bias=False),
        )

    def forward(self, images):
        return self.shortcut(images) + self.main(images)


def network(edges, budget, image_channels, classes):
    """Builds the network of a cell: budget.channels in the stem and the first stage, budget.cells a stage."""
    channels = budget.channels
    layers = [nn.Conv2d(image_channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)]
    for stage in range(3):
        if stage > 0:
            layers.append(Reduction(channels))
            channels *= 2
        layers += [Cell(edges, channels) for _ in range(budget.cells)]
    layers += [nn.BatchNorm2d(channels), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*layers)
