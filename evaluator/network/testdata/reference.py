#!/usr/bin/python3
"""Writes reference.json for the tests of the Go package: what PyTorch computes for one small network of each space.

    /usr/bin/python3 reference.py > reference.json

The networks are implemented from their papers, as functions of tensors. A formula that the tests also use computes the
values of these from their names, so the file contains only results: logits in training and in evaluation, the loss with
label smoothing, and the product of each parameter's gradient with a direction.
"""
import json
import sys
import zlib

import torch
from torch.nn import functional as F

IMAGES, CHANNELS, HEIGHT, WIDTH, CLASSES = 8, 3, 16, 8, 5
SMOOTHING = 0.1
MASK = 0xFFFFFFFF


def spread(name, number):
    """Returns values in [-1, 1), computed by a hash from the name and the index of each."""
    seed, values = zlib.crc32(name.encode()), []
    for i in range(number):
        h = (seed ^ (i * 0x9E3779B1)) & MASK
        h ^= h >> 16
        h = (h * 0x85EBCA6B) & MASK
        h ^= h >> 13
        h = (h * 0xC2B2AE35) & MASK
        h ^= h >> 16
        values.append(h / 2**31 - 1)
    return torch.tensor(values, dtype=torch.float64)


class Net:
    """The layers of a network, and the parameters that they have created."""

    def __init__(self, training):
        self.training, self.params = training, {}

    def param(self, name, shape, scale, around=0.0):
        size = torch.Size(shape).numel()
        value = (around + scale * spread(name, size)).float().reshape(shape).requires_grad_()
        assert name not in self.params, name
        self.params[name] = value
        return value

    def conv(self, name, x, out, size, stride=1, dilation=1, depthwise=False):
        groups = x.shape[1] if depthwise else 1
        fan = x.shape[1] // groups * size * size
        weight = self.param(name + ".weight", (out, x.shape[1] // groups, size, size), (3 / fan) ** 0.5)
        return F.conv2d(x, weight, stride=stride, padding=dilation * (size - 1) // 2, dilation=dilation, groups=groups)

    def norm(self, name, x):
        c = x.shape[1]
        weight, bias = self.param(name + ".weight", (c,), 0.3, 1.0), self.param(name + ".bias", (c,), 0.2)
        mean = (0.2 * spread(name + ".running_mean", c)).float()
        variance = (1 + 0.5 * spread(name + ".running_var", c)).float()
        return F.batch_norm(x, mean, variance, weight, bias, training=self.training)

    def linear(self, name, x, out):
        x = x.mean(dim=(2, 3))
        scale = x.shape[1] ** -0.5
        return F.linear(x, self.param(name + ".weight", (out, x.shape[1]), scale), self.param(name + ".bias", (out,), scale))

    # Combinations that several spaces use.

    def relu_conv_norm(self, name, x, out, size, stride=1):
        return self.norm(name + ".norm", self.conv(name + ".conv", F.relu(x), out, size, stride))

    def conv_norm_relu(self, name, x, out, size):
        return F.relu(self.norm(name + ".norm", self.conv(name + ".conv", x, out, size)))

    def separable(self, name, x, out, size, stride=1, dilation=1):
        x = self.conv(name + ".depthwise", F.relu(x), x.shape[1], size, stride, dilation, depthwise=True)
        return self.norm(name + ".norm", self.conv(name + ".pointwise", x, out, 1))

    def factorized(self, name, x, out):
        even = self.conv(name + ".even", x, out // 2, 1, stride=2)
        odd = self.conv(name + ".odd", x[:, :, 1:, 1:], out - out // 2, 1, stride=2)
        return self.norm(name + ".norm", torch.cat([even, odd], dim=1))


def average_pool(x, stride=1):
    return F.avg_pool2d(x, 3, stride, padding=1, count_include_pad=False)


def max_pool(x, stride=1):
    return F.max_pool2d(x, 3, stride, padding=1)


def nasbench201(net, x):
    """One cell per stage, three channels."""
    ops = {
        (0, 1): "conv3", (0, 2): "pool", (1, 2): "conv1", (0, 3): "skip", (1, 3): "conv3", (2, 3): "pool",
    }
    channels = 3
    x = net.norm("stem.norm", net.conv("stem.conv", x, channels, 3))
    for stage in range(3):
        if stage:
            channels *= 2
            name = f"reduction{stage}"
            y = net.relu_conv_norm(name + ".a", x, channels, 3, stride=2)
            y = net.relu_conv_norm(name + ".b", y, channels, 3)
            x = y + net.conv(name + ".shortcut", F.avg_pool2d(x, 2), channels, 1)
        nodes = [x]
        for to in range(1, 4):
            terms = []
            for source in range(to):
                name, op = f"stage{stage}.cell0.{source}-{to}", ops[source, to]
                if op.startswith("conv"):
                    terms.append(net.relu_conv_norm(name, nodes[source], channels, int(op[-1])))
                else:
                    terms.append(average_pool(nodes[source]) if op == "pool" else nodes[source])
            nodes.append(sum(terms))
        x = nodes[-1]
    return net.linear("head.linear", F.relu(net.norm("head.norm", x)), CLASSES)


def nasbench101(net, x):
    """input → 1 conv3x3 → 2 maxpool, 3 conv1x1 → output ← input; five channels, one cell per stack."""
    channels = 5
    x = net.conv_norm_relu("stem", x, channels, 3)
    for stack in range(3):
        if stack:
            x = F.max_pool2d(x, 2)
            channels *= 2
        cell = f"stack{stack}.cell0."
        # 2 and 3 share the output's channels. The benchmark lists the cell with the convolution before the pooling, so that
        # it has the odd one; 1 has as many as the wider of the two.
        wide, narrow = (channels + 1) // 2, channels // 2
        one = net.conv_norm_relu(cell + "node1", net.conv_norm_relu(cell + "project1", x, wide, 1), wide, 3)
        two = max_pool(one[:, :narrow])
        three = net.conv_norm_relu(cell + "node3", one[:, :wide], wide, 1)
        x = torch.cat([three, two], dim=1) + net.conv_norm_relu(cell + "project4", x, channels, 1)
    return net.linear("head", x, CLASSES)


def enas(shared):
    def network(net, x):
        """Six layers, four channels."""
        ops = ["conv_3x3", "sep_conv_5x5", "max_pool_3x3", "sep_conv_3x3", "conv_5x5", "avg_pool_3x3"]
        skips = [[], [0], [1], [0], [1, 3], [0, 3]]
        channels = 4
        nodes = [net.norm("stem.norm", net.conv("stem.conv", x, channels, 3))]
        for layer, op in enumerate(ops, 1):
            name = f"layer{layer}.{op}"
            y = net.conv_norm_relu(name + ".input", nodes[-1], channels, 1)
            if op == "avg_pool_3x3":
                y = average_pool(y)
            elif op == "max_pool_3x3":
                y = max_pool(y)
            elif op.startswith("sep"):
                y = net.conv(name + ".depthwise", y, channels, int(op[-1]), depthwise=True)
                y = F.relu(net.norm(name + ".norm", net.conv(name + ".pointwise", y, channels, 1)))
            else:
                y = net.conv_norm_relu(name, y, channels, int(op[-1]))
            parts = [nodes[i] for i in skips[layer - 1]] + [y]
            if layer > 1:
                if shared:
                    y = net.norm(f"layer{layer}.skip.norm", sum(parts))
                else:
                    y = net.relu_conv_norm(f"layer{layer}.skip", torch.cat(parts, dim=1), channels, 1)
            nodes.append(y)
            if layer in (2, 4):
                channels *= 1 if shared else 2
                later = set(sum(skips[layer:], [])) | {layer}
                for i in range(len(nodes)):
                    if i in later:
                        nodes[i] = net.factorized(f"reduction{layer // 2}.node{i}", nodes[i], channels)
        return net.linear("head", nodes[-1], CLASSES)

    return network


def randwire(net, x):
    """Two stages of five nodes, six channels; the first convolution keeps the size."""
    stages = [{(0, 1), (0, 3), (1, 3), (2, 3)}, {(0, 4), (1, 4), (2, 4), (3, 4)}]
    channels = 6
    x = net.norm("stem1.norm", net.conv("stem1.conv", x, channels // 2, 3))
    x = net.relu_conv_norm("stem2", x, channels, 3, stride=2)
    for stage, edges in enumerate(stages, 1):
        nodes = []
        for to in range(5):
            name = f"stage{stage}.node{to}"
            inputs = [nodes[source] for source in range(to) if (source, to) in edges]
            y = inputs[0] if inputs else x
            if len(inputs) > 1:
                weights = torch.sigmoid(net.param(name + ".inputs.weight", (len(inputs),), 1.0))
                y = sum(w * i for w, i in zip(weights, inputs))
            nodes.append(net.separable(name, y, channels, 3, stride=1 if inputs else 2))
        ends = [nodes[i] for i in range(5) if all(source != i for source, _ in edges)]
        x = sum(ends) / len(ends)
        channels *= 2
    return net.linear("classifier", F.relu(net.relu_conv_norm("head", x, 8, 1)), CLASSES)


def darts(net, x):
    """Four cells of two intermediate nodes, four channels; the second and the third cell reduce."""
    normal = [("sep_conv_3x3", 0), ("skip_connect", 1), ("dil_conv_5x5", 0), ("avg_pool_3x3", 2)]
    reduction = [("max_pool_3x3", 0), ("skip_connect", 1), ("dil_conv_3x3", 1), ("sep_conv_5x5", 2)]

    def apply(name, op, x, stride):
        c = x.shape[1]
        if op == "max_pool_3x3":
            return max_pool(x, stride)
        if op == "avg_pool_3x3":
            return average_pool(x, stride)
        if op.startswith("sep"):
            x = net.separable(name + ".a", x, c, int(op[-1]), stride)
            return net.separable(name + ".b", x, c, int(op[-1]))
        if op.startswith("dil"):
            return net.separable(name, x, c, int(op[-1]), stride, dilation=2)
        return x if stride == 1 else net.factorized(name, F.relu(x), c)

    channels = 4
    before = last = net.norm("stem.norm", net.conv("stem.conv", x, 3 * channels, 3))
    reduced = False
    for cell in range(4):
        reduces = cell in (1, 2)
        channels *= 2 if reduces else 1
        name = f"cell{cell}"
        if reduced:
            first = net.factorized(name + ".input0", F.relu(before), channels)
        else:
            first = net.relu_conv_norm(name + ".input0", before, channels, 1)
        nodes = [first, net.relu_conv_norm(name + ".input1", last, channels, 1)]
        pairs = reduction if reduces else normal
        for to in (2, 3):
            nodes.append(sum(
                apply(f"{name}.{source}-{to}", op, nodes[source], 2 if reduces and source < 2 else 1)
                for op, source in pairs[2 * (to - 2) : 2 * (to - 1)]
            ))
        before, last, reduced = last, torch.cat(nodes[2:], dim=1), reduces
    return net.linear("head", last, CLASSES)


def results(network):
    """Runs a network in both modes."""
    images = spread("images", IMAGES * CHANNELS * HEIGHT * WIDTH).float().reshape(IMAGES, CHANNELS, HEIGHT, WIDTH)
    labels = torch.arange(IMAGES) % CLASSES
    net = Net(training=True)
    logits = network(net, images)
    loss = F.cross_entropy(logits, labels, label_smoothing=SMOOTHING)
    loss.backward()
    gradients = {}
    for name, p in net.params.items():
        direction = spread("direction of " + name, p.numel())
        gradients[name] = round((p.grad.double().flatten() * direction).sum().item(), 7)
    with torch.no_grad():
        evaluated = network(Net(training=False), images)
    rows = lambda x: [[round(v, 6) for v in row] for row in x.tolist()]
    return {"train": rows(logits), "evaluate": rows(evaluated), "loss": round(loss.item(), 7), "gradients": gradients}


def main():
    """Writes all networks."""
    networks = {
        "nasbench201": nasbench201, "nasbench101": nasbench101, "enas": enas(False), "enas shared": enas(True),
        "randwire": randwire, "darts": darts,
    }
    lines = (f"{json.dumps(name)}: {json.dumps(results(network))}" for name, network in networks.items())
    sys.stdout.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
