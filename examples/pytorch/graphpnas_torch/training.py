"""Trains and measures a network."""
import hashlib
import json
import math
import os
import time

import torch
from torch import nn

from . import tensors
from .augment import move, shift_and_flip
from .errors import BadFile, Invalid
from .network import matching, set_weights, tensor_of, to_file, weights

KIND = "graphpnas training"
REPORT_EVERY = 10  # seconds between two reports within an epoch


class Diverged(Exception):
    """The loss is no longer a number."""


class Training:
    """The training of a network, epoch by epoch.

    The seed and the number of the epoch determine the order of the images and their augmentation, so a resumed training run
    ends with the same weights on the same kind of machine. precision is "float32", or "float16" or "bfloat16" for mixed
    precision. If compiled is set, torch.compile compiles the network first, which takes a minute or more.
    """

    def __init__(self, network, data, normalization, recipe, seed, device, precision="float32", compiled=False):
        self.network, self.data, self.recipe, self.seed, self.device = network.to(device), data, recipe, seed, device
        self.normalize = normalization.to(device)
        self.batch = min(recipe.batch, len(data))
        self.epoch_steps = len(data) // self.batch
        self.pad = data.images.shape[2] // 8 if recipe.pad < 0 else recipe.pad
        if self.pad >= min(data.images.shape[2:]):
            raise Invalid(f"budget 'pad' must be less than the images' {min(data.images.shape[2:])} pixels, got {self.pad}")
        self.autocast = {"float16": torch.float16, "bfloat16": torch.bfloat16}.get(precision)
        self.scaler = grad_scaler() if precision == "float16" and device.type == "cuda" else None
        if device.type == "cuda":
            self.network = network.to(memory_format=torch.channels_last)
        if compiled:
            torch.compiler.reset()  # networks of earlier training runs count towards a limit
        self.forward = torch.compile(self.network) if compiled else self.network
        self.optimizer = torch.optim.SGD(
            network.parameters(), lr=recipe.rate, momentum=recipe.momentum, weight_decay=recipe.weight_decay,
            nesterov=recipe.momentum > 0,
        )
        self.epoch, self.elapsed, self.figures = 0, 0.0, {}
        self.fingerprint = None  # of a training run that began in Go and is continued here

    def run(self, progress=lambda fraction, text: None, after_epoch=lambda: None):
        """Trains for the remaining epochs; raises Diverged."""
        while self.epoch < self.recipe.epochs:
            self.train_epoch(progress)
            after_epoch()

    def train_epoch(self, progress=lambda fraction, text: None):
        """Trains once on all images, in random order and augmented; raises Diverged."""
        begun = said = time.monotonic()
        generator = torch.Generator().manual_seed(mix(self.seed, self.epoch))
        order = torch.randperm(len(self.data), generator=generator)[: self.epoch_steps * self.batch]
        self.network.train()
        tally = Tally(self.device)
        for number, indices in enumerate(order.split(self.batch)):
            images = move(self.data.images[indices], self.device)
            images = shift_and_flip(images, self.pad, self.recipe.flip, generator)
            self.step(self.epoch * self.epoch_steps + number, images, self.data.labels[indices], tally)
            if time.monotonic() - said > REPORT_EVERY:
                said = time.monotonic()
                progress(*self.describe(tally, number + 1, said - begun))
        loss, accuracy = tally.means()
        self.epoch += 1
        self.elapsed += time.monotonic() - begun
        self.figures = {"train_loss": loss, "train_accuracy": accuracy}
        progress(*self.describe(tally, 0, time.monotonic() - begun))

    def step(self, number, images, labels, tally):
        """Updates the weights by the gradient of a batch of bytes on the device."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.rate_at(number, self.recipe.epochs * self.epoch_steps)
        inputs, labels = self.normalize(images), move(labels, self.device)
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, dtype=self.autocast, enabled=self.autocast is not None):
            logits = self.forward(inputs)
        logits = logits.float()
        loss = nn.functional.cross_entropy(logits, labels, label_smoothing=self.recipe.smoothing)
        (self.scaler.scale(loss) if self.scaler else loss).backward()
        for parameter in self.network.idle.parameters():  # their gradient is zero, and they decay like the others
            parameter.grad = torch.zeros_like(parameter)
        descend(self.optimizer, self.scaler, self.recipe.clip)
        tally.add(loss, logits, labels)

    def describe(self, tally, step, seconds):
        """Returns the completed fraction and a message; step counts within an unfinished epoch."""
        loss, accuracy = tally.means()
        epoch = self.epoch + (step > 0)
        within = f", step {step} of {self.epoch_steps}" if step else ""
        fraction = (self.epoch * self.epoch_steps + step) / (self.recipe.epochs * self.epoch_steps)
        return fraction, (
            f"epoch {epoch} of {self.recipe.epochs}{within}: loss {loss:.4f}, accuracy {accuracy:.4f}, "
            f"{tally.number / max(seconds, 1e-9):.0f} images/s"
        )

    def identify(self, *more):
        """Returns a text that identifies the plan, recipe, seed and images; more are further texts to include."""
        digest = hashlib.sha256(repr((self.network.plan.document, self.recipe, self.seed, more)).encode())
        digest.update(tensors.bytes_of(self.data.labels.float()))
        return digest.hexdigest()[:32]

    def save(self, path):
        """Writes a checkpoint with the weights, the velocity and the progress of the training.

        It is like that of Training.Save in Go, but without the average of the weights, which Training.Load does not need.
        """
        found = weights(self.network)
        for parameter in self.learned():
            found[f"velocity/{parameter.name}"] = to_file(self.network, parameter.name, self.velocity(parameter.name))
        progress = json.dumps({
            "epoch": self.epoch,
            "train": {
                "loss": self.figures.get("train_loss", 0), "accuracy": 100 * self.figures.get("train_accuracy", 0)
            },
            "elapsed": round(1e9 * self.elapsed),
        })
        fingerprint = self.fingerprint or self.identify()
        tensors.write(path, found, {
            "kind": KIND, "training": fingerprint, "progress": progress, "seal": seal(fingerprint, progress),
        })

    def load(self, path, go=False):
        """Loads a checkpoint; raises BadFile or OSError.

        It must be a checkpoint of this training, or with go=True one written in Go. The latter does not record the recipe, seed
        and images, so the caller must make sure that they are the same.
        """
        found, metadata = tensors.read(path)
        try:
            self.take(found, metadata, go)
        except (BadFile, ValueError, KeyError, TypeError) as error:
            raise BadFile(f"{path}: {error}") from error

    def take(self, found, metadata, go):
        fingerprint, text = metadata.get("training", ""), metadata.get("progress", "")
        if metadata.get("kind") != KIND or metadata.get("seal") != seal(fingerprint, text):
            raise BadFile(f"the file must be a {KIND!r} with a matching seal, got {metadata.get('kind')!r}")
        if not go and fingerprint != self.identify():
            raise BadFile("the file belongs to another training")
        progress = json.loads(text)
        epoch, train = int(progress["epoch"]), progress["train"]
        velocity = [(p.name, matching(self.network, p, found, f"velocity/{p.name}")) for p in self.learned()]
        set_weights(self.network, found)
        for name, values in velocity:
            self.velocity(name).copy_(values)
        self.epoch, self.elapsed = epoch, progress["elapsed"] / 1e9
        self.figures = {"train_loss": float(train["loss"]), "train_accuracy": train["accuracy"] / 100} if epoch else {}
        self.fingerprint = fingerprint if go else None

    def learned(self):
        return [p for p in self.network.plan.parameters if not p.statistic]

    def velocity(self, name):
        """Returns the optimizer's velocity of a parameter."""
        parameter = tensor_of(self.network, name)
        state = self.optimizer.state[parameter]
        if state.get("momentum_buffer") is None:
            # PyTorch starts with the first gradient, which is equivalent to a velocity of zero.
            state["momentum_buffer"] = torch.zeros_like(parameter)
        return state["momentum_buffer"]

    def resume(self, path):
        """Loads the checkpoint at a path if there is one of this training; a damaged one is ignored."""
        if os.path.exists(path):
            try:
                self.load(path)
            except BadFile:
                pass  # without it, the training reaches the same weights


def descend(optimizer, scaler, clip):
    """Updates an optimizer's parameters by their gradients, scaled down to norm clip if it is positive; scaler may be None."""
    if scaler:
        scaler.unscale_(optimizer)
    if clip > 0:
        nn.utils.clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], clip)
    if scaler:
        scaler.step(optimizer)
        scaler.update()
    else:
        optimizer.step()


def grad_scaler():
    """Returns the scaler that keeps gradients in the range of float16, which PyTorch 2 has moved."""
    return torch.amp.GradScaler("cuda") if hasattr(torch.amp, "GradScaler") else torch.cuda.amp.GradScaler()


def seal(fingerprint, progress):
    return hashlib.sha256((fingerprint + progress).encode()).hexdigest()[:32]


def mix(seed, number):
    """Returns a seed for one of many streams of random numbers."""
    return int.from_bytes(hashlib.sha256(f"{seed} {number}".encode()).digest()[:7], "big")


@torch.no_grad()
def measure(network, normalize, data, batch, device):
    """Returns the mean loss and accuracy, from 0 to 1, on all images; raises Diverged."""
    network.eval()
    tally = Tally(device)
    for images, labels in zip(data.images.split(batch), data.labels.split(batch)):
        labels = labels.to(device)
        logits = network(normalize(images.to(device)))
        tally.add(nn.functional.cross_entropy(logits, labels), logits, labels)
    return tally.means()


class Tally:
    """Adds up losses and hits on the device, to avoid waiting for it after each step."""

    def __init__(self, device):
        self.loss = torch.zeros((), device=device)
        self.hits = torch.zeros((), dtype=torch.long, device=device)
        self.number = 0

    def add(self, loss, logits, labels):
        """Counts a batch and its mean loss."""
        self.loss += loss.detach() * len(labels)
        self.hits += (logits.argmax(dim=1) == labels).sum()
        self.number += len(labels)

    def means(self):
        """Returns the mean loss and accuracy; raises Diverged."""
        loss = self.loss.item() / self.number
        if not math.isfinite(loss):
            raise Diverged(f"the loss is {loss}")
        return loss, self.hits.item() / self.number
