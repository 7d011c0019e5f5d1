"""Weights that all architectures of a space share, as in ENAS (Pham et al. 2018, arXiv 1802.03268).

The weights are stored by the names of parameters. A parameter is drawn when it first occurs in a plan, and its values
depend only on the seed and its name.
"""
import hashlib
import os
import time
from dataclasses import dataclass, fields

import torch
from torch import nn

from . import tensors
from .augment import move, shift_and_flip
from .errors import BadFile, Invalid
from .network import Network, by_batch, draw_values
from .recipe import Recipe, number
from .training import Tally, descend, grad_scaler, mix

KIND = "graphpnas shared weights"
SAVE_EVERY = 60  # seconds between two checkpoints
STEPS = (1 << 31) - 1


@dataclass(frozen=True)
class SharedRecipe(Recipe):
    """The numbers in a request about shared weights: those of the recipe and the step.

    shared_train is the step to train, counted from 0; shared_evaluate is the number of steps after which the weights are
    measured. One of them is given. shared_evaluate -1 only asks which step the weights have reached. The defaults are those
    of supernet.Recipe in Go.
    """

    epochs: int = number(310, 1, 10_000)
    batch: int = number(128, 1, 65_536)
    rate: float = number(0.05, 1e-9, 100.0)
    weight_decay: float = number(1e-4, 0.0, 10.0)
    clip: float = number(5.0, 0.0, 1e9)
    pad: int = number(0, -1, 64)
    flip: int = number(0, 0, 1)
    shared_train: int = number(-1, -1, STEPS)
    shared_evaluate: int = number(-1, -1, STEPS)
    valid_batches: int = number(0, 0, STEPS)  # batches to measure on; 0: all
    request: int = number(0, 0, (1 << 53) - 1)  # distinguishes otherwise equal requests

    def of_weights(self):
        """Returns the numbers that determine the training, which distinguish shared weights from others."""
        asked = {"shared_train", "shared_evaluate", "valid_batches", "request"}
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in asked}


class SharedWeights:
    """Shared weights during training. folder, if not None, contains the checkpoints."""

    def __init__(self, space, seed, recipe, trained_on, held_out, normalization, device, precision="float32", folder=None):
        self.space, self.seed, self.recipe, self.device = space, seed, recipe, device
        self.trained_on, self.normalize = trained_on, normalization.to(device)
        self.batch = min(recipe.batch, len(trained_on))
        self.epoch_steps = len(trained_on) // self.batch
        self.total_steps = recipe.epochs * self.epoch_steps
        self.pad = trained_on.images.shape[2] // 8 if recipe.pad < 0 else recipe.pad
        if self.pad >= min(trained_on.images.shape[2:]):
            raise Invalid(f"budget 'pad' must be less than the images' {min(trained_on.images.shape[2:])} pixels, got {self.pad}")
        order = torch.randperm(len(held_out), generator=torch.Generator().manual_seed(mix(seed, "validation")))
        self.valid = [held_out.take(part) for part in order.tensor_split(-(-len(held_out) // self.batch))]
        self.autocast = {"float16": torch.float16, "bfloat16": torch.bfloat16}.get(precision)
        self.scaler = grad_scaler() if precision == "float16" and device.type == "cuda" else None
        self.tensors, self.velocity = {}, {}  # by name
        self.files = {}  # for each name: the shape in files, and the layouts
        self.step, self.saved, self.figures, self.epoch, self.order = 0, 0, None, -1, None
        self.path = folder and os.path.join(folder, f"shared-{self.identify()}.safetensors")
        self.saved_at = time.monotonic()
        self.loaded = {}  # values in a checkpoint for parameters that have not occurred in a plan since
        if self.path and os.path.exists(self.path):
            self.load()

    def identify(self):
        """Returns a text that identifies the space, seed, recipe and images."""
        text = repr((self.space, self.seed, sorted(self.recipe.of_weights().items())))
        digest = hashlib.sha256(text.encode())
        digest.update(tensors.bytes_of(self.trained_on.labels.float()))
        return digest.hexdigest()[:32]

    def network(self, plan):
        """Builds the network of a plan over the shared weights; raises Invalid."""
        network = Network(plan)
        for parameter in plan.parameters:
            if parameter.name in self.files and self.files[parameter.name][0] != tuple(parameter.shape):
                raise Invalid(
                    f"parameter {parameter.name!r} has shape {list(parameter.shape)}, "
                    f"but {list(self.files[parameter.name][0])} among the shared weights"
                )
        for parameter in plan.parameters:
            if parameter.name not in self.files:
                self.add(network, parameter)
            step, attribute, _ = network.owners[parameter.name]
            setattr(step, attribute, self.tensors[parameter.name])
        return network.to(self.device)

    @torch.no_grad()
    def add(self, network, parameter):
        """Adds a parameter, from the checkpoint or newly drawn."""
        step, attribute, layouts = network.owners[parameter.name]
        name, own = parameter.name, getattr(step, attribute)
        found = [self.loaded.pop(key, None) for key in (name, f"velocity/{name}")]
        for tensor in found:
            if tensor is not None and tuple(tensor.shape) != tuple(parameter.shape):
                raise Invalid(f"{self.path}: tensor {name!r} has another shape than in the plan; delete the file")
        if found[0] is None:
            values = draw_values(own.shape, parameter.init, torch.Generator().manual_seed(mix(self.seed, name)))
        else:
            values = layouts[1](found[0])
        spread = torch.channels_last if self.device.type == "cuda" and own.dim() == 4 else torch.contiguous_format
        values = values.to(self.device).clone(memory_format=spread)
        self.files[name] = tuple(parameter.shape), layouts
        self.tensors[name] = values if parameter.statistic else nn.Parameter(values)
        if not parameter.statistic:
            moving = torch.zeros_like(values)
            self.velocity[name] = moving if found[1] is None else moving.copy_(layouts[1](found[1]))

    def train(self, plan):
        """Trains the weights of a plan by one step, and returns the mean loss and accuracy of its batch before the step.

        Raises Diverged without changing the weights.
        """
        network = self.network(plan).train()
        learned = [self.tensors[p.name] for p in plan.parameters if not p.statistic]
        for parameter in learned:
            parameter.grad = torch.zeros_like(parameter)  # weights that do not affect the logits decay like the others
        images, labels = self.images(self.step)
        with torch.autocast(self.device.type, dtype=self.autocast, enabled=self.autocast is not None):
            logits = network(self.normalize(images))
        logits = logits.float()
        loss = nn.functional.cross_entropy(logits, labels, label_smoothing=self.recipe.smoothing)
        (self.scaler.scale(loss) if self.scaler else loss).backward()
        tally = Tally(self.device)
        tally.add(loss, logits, labels)
        self.figures = tally.means()
        self.move(plan)
        self.step += 1
        if time.monotonic() - self.saved_at > SAVE_EVERY or self.step == self.total_steps:
            self.save()
        return self.figures

    def images(self, step):
        """Returns the augmented images and the labels of a step."""
        epoch, within = divmod(step, self.epoch_steps)
        if epoch != self.epoch:
            generator = torch.Generator().manual_seed(mix(self.seed, epoch))
            self.epoch, self.order = epoch, torch.randperm(len(self.trained_on), generator=generator)
        indices = self.order[within * self.batch : (within + 1) * self.batch]
        generator = torch.Generator().manual_seed(mix(self.seed, f"step {step}"))
        images = shift_and_flip(move(self.trained_on.images[indices], self.device), self.pad, self.recipe.flip, generator)
        return images, move(self.trained_on.labels[indices], self.device)

    def move(self, plan):
        """Updates the weights of a plan by their gradients. Other weights do not change."""
        names, recipe = [p.name for p in plan.parameters if not p.statistic], self.recipe
        learned = [self.tensors[name] for name in names]
        optimizer = torch.optim.SGD(
            learned, lr=recipe.rate_at(self.step, self.total_steps), momentum=recipe.momentum, weight_decay=recipe.weight_decay,
            nesterov=recipe.momentum > 0,
        )
        for name, parameter in zip(names, learned):
            optimizer.state[parameter]["momentum_buffer"] = self.velocity[name]
        descend(optimizer, self.scaler, recipe.clip)
        optimizer.zero_grad(set_to_none=True)

    @torch.no_grad()
    def measure(self, plan, batches=0):
        """Returns the mean loss and accuracy on validation images, normalized by the moments of each batch.

        It measures on some of the batches, which the step and the plan determine, or on all if batches is 0.
        """
        network = self.network(plan).eval()
        by_batch(network, True)
        if not 0 < batches < len(self.valid):
            batches = len(self.valid)
        first = mix(self.step, plan.document) % len(self.valid) if batches < len(self.valid) else 0
        tally = Tally(self.device)
        for i in range(batches):
            part = self.valid[(first + i) % len(self.valid)]
            labels = part.labels.to(self.device)
            logits = network(self.normalize(part.images.to(self.device)))
            tally.add(nn.functional.cross_entropy(logits, labels), logits, labels)
        return tally.means()

    def save(self):
        """Writes the checkpoint, which supernet.Supernet in Go can also load."""
        if not self.path or self.saved == self.step:
            return
        found = dict(self.loaded)
        for prefix, of in ("", self.tensors), ("velocity/", self.velocity):
            for name, tensor in of.items():
                to_file = self.files[name][1][0]
                found[prefix + name] = to_file(tensor.detach()).clone(memory_format=torch.contiguous_format)
        steps = str(self.step)
        tensors.write(self.path, found, {"kind": KIND, "steps": steps, "seal": seal(steps)})
        self.saved, self.saved_at = self.step, time.monotonic()

    def load(self):
        """Loads the checkpoint; raises Invalid."""
        try:
            self.loaded, metadata = tensors.read(self.path)
            steps = metadata.get("steps", "")
            if metadata.get("kind") != KIND or metadata.get("seal") != seal(steps):
                raise BadFile(f"{self.path}: the file must be {KIND!r} with a matching seal, got {metadata.get('kind')!r}")
            self.step = self.saved = int(steps)
        except (BadFile, ValueError) as error:
            raise Invalid(f"{error}; delete the file to start again") from error


def seal(steps):
    return hashlib.sha256((KIND + steps).encode()).hexdigest()[:16]
