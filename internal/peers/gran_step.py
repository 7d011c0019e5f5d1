#!/usr/bin/env python3
"""Measures a training step of the paper's network in PyTorch, eager and compiled.

The network is that of gran.PaperForm (arXiv 2211.15155, section 3, and arXiv 1910.00760): seven layers of gated message
passing, attention of width 128, and a mixture of ten Bernoulli products over a node's edges. The graphs are those of
BenchmarkTrainingStep in generator/gran: a batch of 8 random graphs with edge density 0.25 and six node labels. All steps
of all graphs are one disjoint union, so that PyTorch has large matrices to work on.
"""

import argparse
import statistics
import time

import torch
from torch import nn
from torch.nn import functional

LABELS, COMPONENTS, LAYERS, ATTENTION = 6, 10, 7, 128
# Edge classes: between settled nodes, to the new node, from the new node.
CLASSES = 3


def batch(nodes, graphs, density, generator):
    """Returns the indexes of the steps of random graphs, and the targets."""
    rows, state, position, edges, pairs, new, present, labels = [], [], [], [], [], [], [], []
    for graph in range(graphs):
        adjacency = (torch.rand(nodes, nodes, generator=generator) < density).tril(-1)
        rows.append((adjacency | adjacency.T).float().tril(-1))
        labels.append(torch.randint(LABELS, (nodes,), generator=generator))
        for step in range(nodes):
            first = len(state)
            state += [graph * nodes + i for i in range(step)] + [-1]
            position += range(step + 1)
            for i in range(step):
                for j in range(i):
                    if adjacency[i, j]:
                        edges += [(first + j, first + i, 0), (first + i, first + j, 0)]
                edges += [(first + i, first + step, 1), (first + step, first + i, 2)]
            new.append(first + step)
            for j in range(step + 1):
                pairs.append((first + step, first + j, len(new) - 1))
                present.append(float(adjacency[step, j]))
    edges, pairs, state = torch.tensor(edges), torch.tensor(pairs), torch.tensor(state)
    return {
        "rows": torch.cat(rows), "labels": torch.cat(labels), "state": state.clamp(min=0), "settled": (state >= 0).float()[:, None],
        "position": torch.tensor(position), "from": edges[:, 0], "to": edges[:, 1], "class": edges[:, 2],
        "pair_new": pairs[:, 0], "pair_old": pairs[:, 1], "pair_step": pairs[:, 2],
        "new": torch.tensor(new), "present": torch.tensor(present)[:, None],
    }


def mlp(*sizes):
    layers = []
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        layers += [nn.ReLU()] * (i > 0) + [nn.Linear(a, b)]
    return nn.Sequential(*layers)


class Layer(nn.Module):
    """Gated message passing with a GRU update."""

    def __init__(self, nodes, hidden):
        super().__init__()
        wide = hidden + CLASSES + nodes
        self.message, self.attention = mlp(wide, hidden, hidden), mlp(wide, ATTENTION, hidden)
        self.gru = nn.GRUCell(hidden, hidden)

    def forward(self, h, b, features):
        x = torch.cat([h[b["from"]] - h[b["to"]], features], 1)
        m = self.message(x) * torch.sigmoid(self.attention(x))
        return self.gru(torch.zeros_like(h).index_add(0, b["to"], m), h)


class Network(nn.Module):
    """Returns the mean negative log-likelihood of the batch's graphs."""

    def __init__(self, nodes, hidden):
        super().__init__()
        self.nodes = nodes
        self.input = nn.Linear(nodes, hidden - nodes)
        self.layers = nn.ModuleList(Layer(nodes, hidden) for _ in range(LAYERS))
        self.theta, self.alpha = mlp(hidden, hidden, hidden, COMPONENTS), mlp(hidden, hidden, hidden, COMPONENTS)
        self.phi = mlp(hidden, hidden, hidden, LABELS)

    def forward(self, b):
        place = functional.one_hot(b["position"], self.nodes).float()
        h = torch.cat([self.input(b["rows"])[b["state"]], place], 1) * b["settled"]
        features = torch.cat([functional.one_hot(b["class"], CLASSES).float(), place[b["to"]] - place[b["from"]]], 1)
        for i, layer in enumerate(self.layers):
            h = layer(h if i == 0 else h.relu(), b, features)
        difference, steps = h[b["pair_new"]] - h[b["pair_old"]], len(b["new"])
        bernoulli = -functional.binary_cross_entropy_with_logits(
            self.theta(difference), b["present"].expand(-1, COMPONENTS), reduction="none")
        zeros = bernoulli.new_zeros(steps, COMPONENTS)
        products = zeros.index_add(0, b["pair_step"], bernoulli)
        weights = zeros.index_add(0, b["pair_step"], self.alpha(difference)).log_softmax(1)
        edges = torch.logsumexp(products + weights, 1)
        labels = functional.cross_entropy(self.phi(h[b["new"]]), b["labels"], reduction="sum")
        return (labels - edges.sum()) / (steps / self.nodes)


def milliseconds(network, b, steps):
    """Returns the median time of a step."""
    adam = torch.optim.Adam(network.parameters(), lr=1e-3)
    times = []
    for _ in range(3 + steps):
        start = time.perf_counter()
        adam.zero_grad()
        network(b).backward()
        adam.step()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times[3:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, nargs="+", default=[16, 32])
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"PyTorch {torch.__version__}, {options.threads} threads")
    for nodes in options.nodes:
        torch.manual_seed(1)
        b = batch(nodes, 8, 0.25, torch.Generator().manual_seed(1))
        network = Network(nodes, options.hidden)
        eager = milliseconds(network, b, options.steps)
        compiled = milliseconds(torch.compile(network, dynamic=False), b, options.steps)
        print(f"N {nodes}, H {options.hidden}: eager {eager:.1f} ms, torch.compile {compiled:.1f} ms", flush=True)


if __name__ == "__main__":
    main()
