"""Tests of training, on small made-up images."""
import errno
import io
import json
import os
import tempfile
import unittest
from unittest import mock

import torch

import worker
from example import chain
from graphpnas_torch import BadFile, Diverged, Invalid, Plan, Recipe, Training, build, measure, weights
from graphpnas_torch.augment import measure_normalization, shift_and_flip
from graphpnas_torch.data import Dataset
from graphpnas_torch.evaluation import Evaluator
from graphpnas_torch.protocol import Replies, Request
from graphpnas_torch.recipe import read

CPU = torch.device("cpu")
SMALL = Recipe(epochs=3, batch=16, fraction=1.0)


def made_up(number):
    """Makes images of two classes, dark and bright."""
    labels = torch.arange(number) % 2
    noise = torch.randint(128, (number, 1, 9, 9), generator=torch.Generator().manual_seed(1))
    return Dataset((noise + 127 * labels[:, None, None, None]).byte(), labels, 2)


def training(recipe=SMALL, seed=1, precision="float32"):
    data = made_up(70)
    return Training(build(chain(), seed), data, measure_normalization(data.images), recipe, seed, CPU, precision)


def same(one, other):
    """Reports whether two training runs have the same weights."""
    one, other = weights(one.network), weights(other.network)
    return all(torch.equal(one[name], other[name]) for name in one)


class Trainings(unittest.TestCase):
    def test_learns(self):
        for precision in "float32", "bfloat16":
            t = training(Recipe(epochs=10, batch=16, smoothing=0.1, clip=5, warm_up=0.1), precision=precision)
            t.run()
            loss, accuracy = measure(t.network, t.normalize, made_up(32), 16, CPU)
            self.assertGreater(accuracy, 0.9, precision)

    def test_seed_fixes_it(self):
        one, again, other = training(), training(), training(seed=2)
        for t in one, again, other:
            t.run()
        self.assertTrue(same(one, again))
        self.assertFalse(same(one, other))

    def test_what_is_left_of_an_epoch_is_left_out(self):
        told = []
        training().run(lambda fraction, text: told.append((round(fraction, 6), text)))
        self.assertEqual([fraction for fraction, _ in told], [round(i / 3, 6) for i in (1, 2, 3)])
        self.assertRegex(told[0][1], r"^epoch 1 of 3: loss \d\.\d{4}, accuracy 0\.\d{4}, \d+ images/s$")
        self.assertEqual(training().epoch_steps, 4, "70 images, 16 a batch")

    def test_what_is_not_computed_decays(self):
        t = training(Recipe(epochs=1, batch=16, weight_decay=0.5))
        before = weights(t.network)["idle.weight"]
        t.run()
        self.assertTrue((weights(t.network)["idle.weight"].abs() < before.abs()).all())

    def test_rate(self):
        recipe = Recipe(rate=0.4, warm_up=0.2)
        rates = [recipe.rate_at(step, 10) for step in range(11)]
        for step, rate in [(0, 0.4 / 3), (1, 0.8 / 3), (2, 0.4), (6, 0.2), (10, 0)]:
            self.assertAlmostEqual(rates[step], rate)

    def test_divergence(self):
        t = training(Recipe(epochs=5, batch=16, rate=100, weight_decay=10))
        with self.assertRaisesRegex(Diverged, "the loss is"):
            for _ in range(100):
                t.run()
                t.epoch = 0

    def test_impossible_recipes(self):
        for numbers, message in [
            ({"epochs": 1.5}, "'epochs' must be a whole number from 0 to 10000, got 1.5"),
            ({"channels": 4}, "unknown budget 'channels': there are epochs"),
            ({"rate": 0}, "'rate' must be a number from"),
        ]:
            with self.assertRaisesRegex(Invalid, message):
                read(numbers)
        with self.assertRaisesRegex(Invalid, "'pad' must be less than the images' 9 pixels, got 9"):
            training(Recipe(pad=9))


class Checkpoints(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory, self.path = directory.name, os.path.join(directory.name, "training.safetensors")

    def test_resumed_trainings_end_the_same(self):
        whole, first, rest = training(), training(), training()
        whole.run()
        first.train_epoch()
        first.save(self.path)
        rest.load(self.path)
        self.assertEqual((rest.epoch, rest.figures), (1, first.figures))
        rest.run()
        self.assertTrue(same(whole, rest))

    def test_other_trainings_are_refused(self):
        training().save(self.path)
        for other in training(seed=2), training(Recipe(epochs=4, batch=16)):
            with self.assertRaisesRegex(BadFile, "belongs to another training"):
                other.load(self.path)
        with open(self.path, "r+b") as file:
            file.truncate(200)
        with self.assertRaises(BadFile):
            training().load(self.path)
        damaged, fresh = training(), training()
        damaged.resume(self.path)
        damaged.run()
        fresh.run()
        self.assertTrue(same(damaged, fresh), "a damaged checkpoint is ignored")

    def test_an_evaluation_is_resumed(self):
        request = Request({"id": "7"})
        request.plan, request.seed, request.budget = Plan(chain()), 1, {"epochs": 3, "batch": 16, "validation": 0.2}
        evaluator = Evaluator(made_up(90), CPU, checkpoints=self.directory, trained=os.path.join(self.directory, "trained"))

        def stop(fraction, text):
            if fraction > 0.5:
                raise KeyboardInterrupt

        told = []
        with self.assertRaises(KeyboardInterrupt):
            evaluator.evaluate(request, stop)
        resumed = evaluator.evaluate(request, lambda fraction, text: told.append(text[:12]))
        self.assertEqual(told, ["epoch 2 of 3", "epoch 3 of 3"])
        self.assertEqual(resumed, Evaluator(made_up(90), CPU).evaluate(request, lambda *_: None))
        self.assertEqual(os.listdir(self.directory), ["trained"], "the checkpoint is gone")
        self.assertEqual(len(os.listdir(os.path.join(self.directory, "trained"))), 1)

    def test_a_trained_network_is_kept_until_it_is_saved(self):
        request = Request({"id": "7"})
        request.plan, request.seed, request.budget = Plan(chain()), 1, {"epochs": 2, "batch": 16, "validation": 0.2}
        evaluator = Evaluator(made_up(90), CPU, checkpoints=self.directory, trained=os.path.join(self.directory, "trained"))
        told = []
        for broken in "measure", "saved.save":
            with mock.patch(f"graphpnas_torch.evaluation.{broken}", side_effect=OSError), self.assertRaises(OSError):
                evaluator.evaluate(request, lambda fraction, text: told.append(text[:12]))
        evaluator.evaluate(request, lambda fraction, text: told.append(text[:12]))
        self.assertEqual(told, ["epoch 1 of 2", "epoch 2 of 2"], "trained once")
        self.assertEqual(os.listdir(self.directory), ["trained"])


class Answers(unittest.TestCase):
    def answer(self, error):
        arch = {"parts": [{"nodes": 4, "edges": []}]}
        request = Request({"id": "7", "space": "mine", "arch": arch, "seed": 0, "plan": chain()})
        stream = io.StringIO()
        evaluator = mock.Mock()
        evaluator.evaluate.side_effect = error
        self.usable = worker.answer(request, evaluator, Replies(stream))
        return json.loads(stream.getvalue())

    def test_memory_is_temporary(self):
        for text in "CUDA out of memory. Tried to allocate 2 GiB", "DefaultCPUAllocator: can't allocate memory":
            self.assertEqual(self.answer(RuntimeError(text)), {"id": "7", "error": f"RuntimeError: {text}", "temporary": True})
            self.assertTrue(self.usable)

    def test_failures_of_the_disk_are_temporary(self):
        for number in errno.ENOSPC, errno.EIO:
            self.assertTrue(self.answer(OSError(number, os.strerror(number)))["temporary"])
            self.assertTrue(self.usable)

    def test_failures_of_the_gpu_are_temporary_and_end_the_process(self):
        for text in "CUDA error: an illegal memory access was encountered", "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED":
            self.assertEqual(self.answer(RuntimeError(text)), {"id": "7", "error": f"RuntimeError: {text}", "temporary": True})
            self.assertFalse(self.usable)

    def test_a_worker_whose_gpu_has_failed_exits(self):
        evaluator = mock.Mock()
        with mock.patch.object(worker, "answer", return_value=False) as answer:
            with self.assertRaisesRegex(SystemExit, "the GPU has failed"):
                worker.serve([1, 2], evaluator, None, CPU)
        self.assertEqual(answer.call_count, 1)
        self.assertIsNone(evaluator.shared, "weights that cannot be read any more are not saved")

    def test_other_failures_are_not(self):
        for error in Diverged("the loss is nan"), RuntimeError("sizes do not match"), KeyError("x"):
            reply = self.answer(error)
            self.assertFalse(reply["temporary"])
            self.assertTrue(self.usable)
            self.assertIn(str(error), reply["error"])


class Augmentation(unittest.TestCase):
    def test_flips_and_shifts(self):
        image = torch.arange(1, 65, dtype=torch.uint8).reshape(1, 1, 8, 8)
        varied = shift_and_flip(image.repeat(200, 1, 1, 1), 1, True, torch.Generator().manual_seed(1))
        padded = torch.nn.functional.pad(image, (1, 1, 1, 1))
        shifted = [padded[0, :, y : y + 8, x : x + 8] for y in range(3) for x in range(3)]
        mirrored = torch.nn.functional.pad(image.flip(3), (1, 1, 1, 1))
        shifted += [mirrored[0, :, y : y + 8, x : x + 8] for y in range(3) for x in range(3)]
        kinds = {next(kind for kind, wanted in enumerate(shifted) if torch.equal(wanted, found)) for found in varied}
        self.assertEqual(kinds, set(range(18)), "every shift and mirroring, and nothing else")
        self.assertTrue(torch.equal(shift_and_flip(image, 0, False, None), image))

    def test_normalization(self):
        images = torch.randint(256, (50, 3, 8, 8), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
        images[:, 1] //= 4
        normal = measure_normalization(images).to(CPU)(images)
        torch.testing.assert_close(normal.mean(dim=(0, 2, 3)), torch.zeros(3), atol=1e-4, rtol=0)
        torch.testing.assert_close(normal.std(dim=(0, 2, 3)), torch.ones(3), atol=1e-3, rtol=0)
