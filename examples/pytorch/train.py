"""Training a network, and measuring it."""
import math

import torch
from torch import nn

from augment import Normalization, flip_and_crop

MOMENTUM, WEIGHT_DECAY = 0.9, 5e-4  # NAS-Bench-201's


class Diverged(Exception):
    """The loss is no longer a number."""


def evaluate(make_network, training, validation, budget, seed, device, progress):
    """Trains a network and returns its validation accuracy, from 0 to 1, and other figures by name.

    make_network is called when the random numbers of its parameters are seeded. progress is called after each epoch with
    the part that is done and a text.
    """
    torch.manual_seed(seed)
    network = make_network().to(device)
    normalize = Normalization(training.images, device)
    metrics = {"params": sum(p.numel() for p in network.parameters() if p.requires_grad)}
    metrics.update(train(network, normalize, training, budget, seed, device, progress))
    loss, accuracy = measure(network, normalize, validation, budget.batch, device)
    metrics["valid_loss"] = loss
    return accuracy, metrics


def train(network, normalize, data, budget, seed, device, progress):
    """Trains by SGD with Nesterov momentum, at a rate that falls to zero like a cosine; returns the last epoch's figures."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.SGD(
        network.parameters(), lr=budget.rate, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY, nesterov=True
    )
    steps = budget.epochs * math.ceil(len(data) / budget.batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(1, steps))
    figures = {}
    for epoch in range(1, budget.epochs + 1):
        loss, accuracy = train_epoch(network, normalize, data, budget.batch, generator, optimizer, schedule, device)
        figures = {"train_loss": loss, "train_accuracy": accuracy}
        progress(epoch / budget.epochs, f"epoch {epoch} of {budget.epochs}: loss {loss:.4f}, accuracy {accuracy:.4f}")
    return figures


def train_epoch(network, normalize, data, batch, generator, optimizer, schedule, device):
    """Trains once on all images, in random order and augmented; returns mean loss and accuracy meanwhile."""
    network.train()
    tally = Tally(device)
    for indices in torch.randperm(len(data), generator=generator).split(batch):
        images = normalize(flip_and_crop(data.images[indices], generator).to(device))
        labels = data.labels[indices].to(device)
        optimizer.zero_grad()
        logits = network(images)
        loss = nn.functional.cross_entropy(logits, labels)
        loss.backward()
        optimizer.step()
        schedule.step()
        tally.add(loss, logits, labels)
    return tally.means()


@torch.no_grad()
def measure(network, normalize, data, batch, device):
    """Returns mean loss and accuracy on all images."""
    network.eval()
    tally = Tally(device)
    for images, labels in zip(data.images.split(batch), data.labels.split(batch)):
        labels = labels.to(device)
        logits = network(normalize(images.to(device)))
        tally.add(nn.functional.cross_entropy(logits, labels), logits, labels)
    return tally.means()


class Tally:
    """Adds up losses and hits on the device, so that it is waited for once an epoch."""

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
        """Returns mean loss and accuracy; raises Diverged."""
        loss = self.loss.item() / self.number
        if not math.isfinite(loss):
            raise Diverged(f"the loss is {loss}")
        return loss, self.hits.item() / self.number
