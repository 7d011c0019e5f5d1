"""Tests of shared weights, on small made-up images."""
import json
import os
import tempfile
import unittest

import torch

from example import chain
from graphpnas_torch import Invalid, Plan, shared
from graphpnas_torch.augment import measure_normalization
from graphpnas_torch.evaluation import Evaluator
from graphpnas_torch.protocol import Request
from graphpnas_torch.shared import SharedRecipe, SharedWeights
from test_train import CPU, made_up

RECIPE = SharedRecipe(epochs=8, batch=16)


def other():
    """Returns a plan that shares all but the stem with the chain, and has one additional parameter."""
    text = json.dumps(chain()).replace("stem", "trunk")
    return Plan(text)


def shared_weights(folder=None, seed=1, recipe=RECIPE):
    data = made_up(70)
    return SharedWeights("space", seed, recipe, data, made_up(40), measure_normalization(data.images), CPU, folder=folder)


def request(plan, **budget):
    made = Request({"id": "7", "space": "mine"})
    made.plan, made.seed, made.budget = plan, 1, {"epochs": 4, "batch": 16, "validation": 0.3, **budget}
    return made


class SharedTrainings(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def test_learns_and_shares(self):
        weights, plans = shared_weights(), [Plan(chain()), other()]
        before = weights.measure(plans[0])
        for step in range(weights.total_steps):
            weights.train(plans[step % 2])
        self.assertEqual(sorted(weights.tensors), sorted({p.name for plan in plans for p in plan.parameters}))
        for plan in plans:
            loss, accuracy = weights.measure(plan)
            self.assertGreater(accuracy, 0.9)
            self.assertLess(loss, before[0])

    def test_others_stay_as_they_are(self):
        weights = shared_weights()
        weights.train(Plan(chain()))
        weights.train(other())
        stem, velocity = (of["stem.weight"].detach().clone() for of in (weights.tensors, weights.velocity))
        trunk = weights.tensors["trunk.weight"].detach().clone()
        weights.train(other())
        self.assertTrue(torch.equal(weights.tensors["stem.weight"], stem))
        self.assertTrue(torch.equal(weights.velocity["stem.weight"], velocity))
        self.assertFalse(torch.equal(weights.tensors["trunk.weight"], trunk))

    def test_the_start_depends_on_seed_and_name_alone(self):
        one, another, seeded = shared_weights(), shared_weights(), shared_weights(seed=2)
        one.network(Plan(chain()))
        another.network(other())
        another.network(Plan(chain()))
        seeded.network(Plan(chain()))
        self.assertTrue(torch.equal(one.tensors["stem.weight"], another.tensors["stem.weight"]))
        self.assertFalse(torch.equal(one.tensors["stem.weight"], seeded.tensors["stem.weight"]))

    def test_goes_on_after_a_restart(self):
        plans = [Plan(chain()), other()]
        whole, first = shared_weights(), shared_weights(self.directory)
        for step in range(6):
            whole.train(plans[step % 2])
        for step in range(3):
            first.train(plans[step % 2])
        first.save()
        for again in range(2):  # the second time, a checkpoint that was used only in part is saved again
            rest = shared_weights(self.directory)
            self.assertEqual(rest.step, 3 + again)
            rest.train(plans[(3 + again) % 2])
            rest.save()
        rest = shared_weights(self.directory)
        rest.train(plans[1])
        self.assertEqual(rest.step, 6)
        for plan in plans:
            self.assertEqual(rest.measure(plan), whole.measure(plan))

    def test_checkpoints_that_are_refused(self):
        weights = shared_weights(self.directory)
        weights.train(Plan(chain()))
        weights.save()
        with open(weights.path, "r+b") as file:
            file.truncate(200)
        with self.assertRaisesRegex(Invalid, "delete the file"):
            shared_weights(self.directory)
        self.assertNotEqual(shared_weights(self.directory, seed=2).path, weights.path)
        self.assertNotEqual(shared_weights(self.directory, recipe=SharedRecipe(epochs=9, batch=16)).path, weights.path)

    def test_shapes_must_fit(self):
        weights = shared_weights()
        weights.train(Plan(chain()))
        with self.assertRaisesRegex(Invalid, r"'stem.weight' has shape \[3, 3, 1, 8\], but \[3, 3, 1, 4\] among"):
            weights.train(Plan(chain(channels=8)))

    def test_batches_of_validation_images(self):
        weights = shared_weights()
        self.assertEqual([len(part) for part in weights.valid], [14, 13, 13])
        self.assertEqual(weights.measure(Plan(chain()), 3), weights.measure(Plan(chain())))
        self.assertNotEqual(weights.measure(Plan(chain()), 1), weights.measure(Plan(chain())))

    def test_requests(self):
        evaluator, plan = Evaluator(made_up(90), CPU, checkpoints=self.directory), Plan(chain())

        def ask(of=evaluator, **budget):
            return of.evaluate(request(plan, **budget), lambda *_: None)

        epoch_steps = 63 // 16
        _, state = ask(shared_evaluate=-1)
        self.assertEqual(state, {"step": 0, "saved": 0, "epoch_steps": epoch_steps, "total_steps": 4 * epoch_steps})
        _, trained = ask(shared_train=0)
        self.assertEqual((trained["step"], "train_loss" in trained), (1, True))
        self.assertEqual(ask(shared_train=0)[1], trained, "a repeated request is not trained again")
        self.assertNotIn("train_loss", ask(shared_train=3)[1], "the weights have not come so far")
        value, measured = ask(shared_evaluate=1, valid_batches=1)
        self.assertEqual((measured["step"], "valid_loss" in measured), (1, True))
        evaluator.close()
        self.assertEqual(len(os.listdir(self.directory)), 1)
        restarted = Evaluator(made_up(90), CPU, checkpoints=self.directory)
        self.assertEqual(ask(restarted, shared_evaluate=1, valid_batches=1)[0], value)
        with self.assertRaisesRegex(Invalid, "unknown budget 'fractions'"):
            ask(shared_train=0, fractions=1)

    def test_saves_now_and_then(self):
        every, shared.SAVE_EVERY = shared.SAVE_EVERY, -1
        self.addCleanup(setattr, shared, "SAVE_EVERY", every)
        weights = shared_weights(self.directory)
        weights.train(Plan(chain()))
        self.assertEqual((weights.step, weights.saved), (1, 1))
