"""Tests of plans, networks and files of weights."""
import json
import os
import struct
import tempfile
import unittest

import torch

from example import chain, changed
from graphpnas_torch import BadFile, Invalid, Plan, build, load, load_weights, save, tensors, weights
from graphpnas_torch.network import assign


class Documents(unittest.TestCase):
    def test_reads(self):
        plan = Plan(json.dumps(chain()))
        self.assertEqual((plan.count(), plan.live()), (3 + 36 + 8 + 10, {1, 2, 3, 4, 5, 6}))
        self.assertEqual(Plan(plan.document).document, plan.document)

    def test_refusals(self):
        operation = lambda number, **fields: lambda d: d["operations"][number].update(fields)
        parameter = lambda number, **fields: lambda d: d["parameters"][number].update(fields)

        def twice(d):
            d["operations"][0]["name"] = "stem"
            d["parameters"][0]["name"] = "stem.weight"

        def huge(d):
            d["operations"][6].update(shape=[1 << 27, 1, 1])
            d["operations"].append({"op": "linear", "inputs": [7], "shape": [2, 1, 1], "name": "tail"})
            d["parameters"][6]["shape"], d["parameters"][7]["shape"] = [4, 1 << 27], [1 << 27]
            init = {"kind": "constant", "value": 0}
            d["parameters"] += [
                {"name": "tail.weight", "shape": [1 << 27, 2], "init": init}, {"name": "tail.bias", "shape": [2], "init": init},
            ]
            d["logits"] = 8

        for change, message in [
            (operation(3, op="__import__"), "operation 3, '__import__': the operation is unknown"),
            (operation(3, op=["relu"]), "the operation is unknown"),
            (operation(3, inputs=[4]), "an input must be a value computed before, from 0 to 3, got 4"),
            (operation(3, inputs=[7]), "an input must be a value computed before, from 0 to 3, got 7"),
            (operation(3, inputs=[-1]), "an input must be a value computed before, from 0 to 3, got -1"),
            (operation(3, inputs=[True]), "got True"),
            (operation(3, inputs=[3, 3]), "there must be 1 inputs, got 2"),
            (operation(4, shape=[4, 4, 4]), r"operation 4, 'max_pool': the shape must be \[4, 5, 5\], got \[4, 4, 4\]"),
            (operation(4, shape=[1 << 20] * 3), "at most 134217728 numbers"),
            (operation(4, stride=0), "stride must be a whole number from 1 to"),
            (operation(4, stride=10**400), "stride must be a whole number"),
            (operation(4, dilation=1), "has no 'dilation'"),
            (operation(1, kernel=4), "the kernel of a convolution must be odd, got 4"),
            (operation(1, kernel=17), "kernel must be a whole number from 1 to 15"),
            (operation(2, mode="frozen"), "the mode must be 'running', got 'frozen'"),
            (operation(2, epsilon=0), "epsilon must be more than 0"),
            (parameter(1, shape=[3, 3, 4, 1]), "parameter 1: name, shape and statistic"),
            (parameter(4, statistic=False), "parameter 4: name, shape and statistic"),
            (parameter(1, init={"kind": "eval", "value": 1}), "must be normal, uniform or constant, got 'eval'"),
            (parameter(1, init={"kind": "normal", "value": -1}), "must be a finite number"),
            (lambda d: d["parameters"].pop(), "7 parameters are listed, the operations have 8"),
            (twice, "two parameters are called 'stem.weight'"),
            (huge, "the network has 939524145 parameters, more than 268435456"),
            (lambda d: d.update(plan=2), "the version must be 1, got 2"),
            (lambda d: d.update(plan=True), "the version must be 1, got True"),
            (lambda d: d.update(logits=6), r"the logits must have shape \[2, 1, 1\], got \[4, 1, 1\]"),
            (lambda d: d.update(logits=8), "logits must be a value from 0 to 7, got 8"),
            (lambda d: d.update(code="print()"), "a plan has no 'code'"),
            (lambda d: d.pop("input"), "a plan must have 'input'"),
        ]:
            with self.subTest(message), self.assertRaisesRegex(Invalid, message):
                Plan(changed(change))

    def test_no_json(self):
        for text, message in [
            ("{", "not a JSON document"),
            ("[" * 100_000, "not a JSON document"),
            ('{"plan": 1, "plan": 1}', "'plan' appears twice"),
            ('{"plan": NaN}', "NaN is not a JSON number"),
            ("[]", "a plan must be an object"),
            (b"\xff", "not a JSON document"),
        ]:
            with self.subTest(message), self.assertRaisesRegex(Invalid, message):
                Plan(text)


class Networks(unittest.TestCase):
    def test_places_are_used_again(self):
        plan = Plan(chain())
        self.assertEqual(assign(plan, plan.live())[1], 2)

    def test_seed_fixes_the_start(self):
        for name, values in weights(build(chain(), 1)).items():
            self.assertTrue(torch.equal(values, weights(build(chain(), 1))[name]), name)
        self.assertFalse(torch.equal(weights(build(chain(), 1))["stem.weight"], weights(build(chain(), 2))["stem.weight"]))

    def test_single_values_a_channel(self):
        document = chain(size=1)
        network = build(document, 1)
        network(torch.ones(1, 1, 1, 1)).sum().backward()
        found = weights(network)
        self.assertTrue(torch.allclose(found["norm.running_mean"], 0.1 * found["stem.weight"][1, 1, 0]))
        self.assertTrue(torch.allclose(found["norm.running_var"], torch.full([4], 0.9)))

    def test_script_has_the_same_gradients(self):
        images = torch.rand(3, 1, 9, 9)
        eager, scripted = build(chain(), 1), torch.jit.script(build(chain(), 1))
        eager(images).square().sum().backward()
        scripted(images).square().sum().backward()
        for (name, one), (_, other) in zip(eager.named_parameters(), scripted.named_parameters()):
            self.assertTrue(one.grad is other.grad or torch.allclose(one.grad, other.grad), name)


class Files(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "network.safetensors")

    def test_saved_networks_load(self):
        network = build(chain(), 1)
        save(self.path, network, ["dark", "é"], ([1.5], [2.5]))
        again, classes, normalization = load(self.path)
        self.assertEqual((classes, normalization), (["dark", "é"], ([1.5], [2.5])))
        for name, values in weights(network).items():
            self.assertTrue(torch.equal(values, weights(again)[name]), name)

    def test_damaged_files(self):
        save(self.path, build(chain(), 1))
        with open(self.path, "rb") as file:
            whole = file.read()
        cut = [whole[:n] for n in (0, 7, 8, 100, len(whole) - 1)]
        for content in cut + [whole + b"x", whole[:-1] + bytes([whole[-1] ^ 1]), whole.replace(b"chain", b"cabin"), b"\xff" * 64]:
            with open(self.path, "wb") as file:
                file.write(content)
            with self.assertRaises(BadFile):
                load(self.path)

    def test_headers_that_lie(self):
        for header in [
            {"x": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 4]}},
            {"x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 1 << 62]}},
            {"x": {"dtype": "F32", "shape": [-1], "data_offsets": [4, 0]}},
            {"x": {"dtype": "I8", "shape": [4], "data_offsets": [0, 4]}},
            {"x": 1},
            {"__metadata__": {"a": 1}},
            [],
        ]:
            text = json.dumps(header).encode()
            with self.subTest(header), self.assertRaises(BadFile):
                tensors.parse(struct.pack("<Q", len(text)) + text + bytes(4))

    def test_weights_of_another_plan(self):
        network = build(chain(), 1)
        before = weights(network)
        save(self.path, build(chain(channels=5), 1))
        with self.assertRaisesRegex(BadFile, r"'stem.weight' must have the shape \[3, 3, 1, 4\], got \[3, 3, 1, 5\]"):
            load_weights(self.path, network)
        tensors.write(self.path, {"x": torch.zeros(1)}, {})
        with self.assertRaisesRegex(BadFile, "there must be a tensor 'idle.weight': the file belongs to another network"):
            load_weights(self.path, network)
        for name, values in weights(network).items():
            self.assertTrue(torch.equal(values, before[name]), name)
