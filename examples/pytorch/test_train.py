"""Tests of networks and training, on small made-up images."""
import io
import json
import unittest
from itertools import permutations
from unittest import mock

import torch

import nasbench101
import nasbench201
import worker
from augment import Normalization, flip_and_crop
from budget import Budget
from data import Dataset
from protocol import Invalid, Replies, Request
from train import Diverged, evaluate

CPU = torch.device("cpu")
SMALL = Budget(epochs=2, channels=2, cells=1, batch=16)
CHAIN = {(0, 1): "nor_conv_3x3", (1, 2): "avg_pool_3x3", (2, 3): "nor_conv_1x1", (0, 3): "skip_connect"}


def made_up(number):
    """Makes images of two classes, dark and bright."""
    labels = torch.arange(number) % 2
    noise = torch.randint(128, (number, 1, 9, 9), generator=torch.Generator().manual_seed(1))
    return Dataset((noise + 127 * labels[:, None, None, None]).byte(), labels, 2)


def run(seed, spend=SMALL):
    """Trains a small network."""
    make = lambda: nasbench201.network(CHAIN, spend, 1, 2)
    return evaluate(make, made_up(64), made_up(32), spend, seed, CPU, lambda *_: None)


class Training(unittest.TestCase):
    def test_learns(self):
        accuracy, metrics = run(1, Budget(epochs=10, channels=4, cells=1, batch=16))
        self.assertGreater(accuracy, 0.9)
        self.assertGreater(metrics["train_accuracy"], 0.8)

    def test_seed_fixes_it(self):
        self.assertEqual(run(1), run(1))
        self.assertNotEqual(run(1)[1], run(2)[1])

    def test_divergence(self):
        def overflown():
            network = nasbench201.network(CHAIN, SMALL, 1, 2)
            torch.nn.init.constant_(network[-1].weight, float("inf"))
            return network

        with self.assertRaisesRegex(Diverged, "the loss is"):
            evaluate(overflown, made_up(32), made_up(32), SMALL, 1, CPU, lambda *_: None)


class Answers(unittest.TestCase):
    def answer(self, error):
        arch = {"parts": [{"nodes": 4, "edges": []}]}
        request = Request({"id": "7", "space": "nasbench201", "arch": arch, "seed": 0})
        stream = io.StringIO()
        with mock.patch("worker.evaluate", side_effect=error):
            worker.answer(request, made_up(8), CPU, Replies(stream))
        return json.loads(stream.getvalue())

    def test_memory_is_temporary(self):
        for text in "CUDA out of memory. Tried to allocate 2 GiB", "DefaultCPUAllocator: can't allocate memory":
            self.assertEqual(self.answer(RuntimeError(text)), {"id": "7", "error": f"RuntimeError: {text}", "temporary": True})

    def test_other_failures_are_not(self):
        for error in Diverged("the loss is nan"), RuntimeError("sizes do not match"), KeyError("x"):
            reply = self.answer(error)
            self.assertFalse(reply["temporary"])
            self.assertIn(str(error), reply["error"])


class Augmentation(unittest.TestCase):
    def test_flips_and_shifts(self):
        image = torch.arange(1, 65, dtype=torch.uint8).reshape(1, 1, 8, 8)
        varied = flip_and_crop(image.repeat(200, 1, 1, 1), torch.Generator().manual_seed(1))
        padded = torch.nn.functional.pad(image, (1, 1, 1, 1))
        shifted = [padded[0, :, y : y + 8, x : x + 8] for y in range(3) for x in range(3)]
        mirrored = torch.nn.functional.pad(image.flip(3), (1, 1, 1, 1))
        shifted += [mirrored[0, :, y : y + 8, x : x + 8] for y in range(3) for x in range(3)]
        kinds = {next(kind for kind, wanted in enumerate(shifted) if torch.equal(wanted, found)) for found in varied}
        self.assertEqual(kinds, set(range(18)), "every shift and mirroring, and nothing else")

    def test_normalization(self):
        images = torch.randint(256, (50, 3, 8, 8), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
        images[:, 1] //= 4
        normal = Normalization(images, CPU)(images)
        torch.testing.assert_close(normal.mean(dim=(0, 2, 3)), torch.zeros(3), atol=1e-4, rtol=0)
        torch.testing.assert_close(normal.std(dim=(0, 2, 3)), torch.ones(3), atol=1e-3, rtol=0)


class NASBench101(unittest.TestCase):
    def test_channels(self):
        edges = {(0, 1), (0, 2), (1, 3), (2, 5), (3, 5), (1, 4), (4, 5)}
        self.assertEqual(nasbench101.node_channels(6, edges, 8, 16), [8, 5, 6, 5, 5, 16])
        edges = {(0, 1), (1, 2), (1, 3), (2, 4), (3, 4), (0, 4)}
        self.assertEqual(nasbench101.node_channels(5, edges, 8, 15), [8, 8, 8, 7, 15])

    def test_isomorphic_cells_are_one(self):
        edges = {(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)}
        inner = ["maxpool3x3", "conv1x1-bn-relu", "conv3x3-bn-relu"]
        for ops in permutations(inner):
            cell = nasbench101.in_order(["input", *ops, "output"], edges)
            self.assertEqual(cell, (["input", "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3", "output"], edges))
        # The edges come before the operations: a node that feeds a later one is not the first.
        ops, moved = nasbench101.in_order(["input", *inner, "output"], {(0, 1), (0, 2), (1, 3), (2, 4), (3, 4)})
        self.assertEqual(moved, {(0, 1), (0, 2), (2, 3), (1, 4), (3, 4)})
        self.assertEqual(ops, ["input", "conv1x1-bn-relu", "maxpool3x3", "conv3x3-bn-relu", "output"])

    def test_networks_compute(self):
        for nodes, edges in [
            (2, {(0, 1)}),
            (3, {(0, 1), (1, 2), (0, 2)}),
            (5, {(0, 1), (1, 2), (1, 3), (2, 4), (3, 4), (0, 3)}),
        ]:
            ops = ["input", "conv3x3-bn-relu", "maxpool3x3", "conv1x1-bn-relu"][: nodes - 1] + ["output"]
            network = nasbench101.network((ops, edges), Budget(channels=5, cells=2), 3, 10)
            self.assertEqual(network(torch.zeros(2, 3, 8, 8)).shape, (2, 10))

    def test_refusals(self):
        def cell(ops, *edges):
            return {"parts": [{"nodes": len(ops), "node_ops": ops, "edges": [{"from": a, "to": b} for a, b in edges]}]}

        for arch, pattern in [
            (cell(["input"]), "2 to 7 nodes"),
            (cell(["input"] * 8), "2 to 7 nodes"),
            (cell(["input", "maxpool3x3", "output"], (0, 1)), "on no path"),
            (cell(["input", "conv7x7", "output"], (0, 1), (1, 2)), "unknown operation 'conv7x7'"),
            (cell(["input", 7, "output"], (0, 1), (1, 2)), "unknown operation 7"),
            (cell(["output", "input"], (0, 1)), "are input, operations and output"),
        ]:
            with self.assertRaisesRegex(Invalid, pattern):
                nasbench101.read_cell(arch)
        with self.assertRaisesRegex(Invalid, "too few"):
            ops = ["input", "maxpool3x3", "maxpool3x3", "output"]
            nasbench101.network((ops, {(0, 1), (0, 2), (1, 3), (2, 3)}), Budget(channels=1, cells=1), 3, 10)
