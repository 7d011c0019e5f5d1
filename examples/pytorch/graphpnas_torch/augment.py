"""Turns images of bytes into the input of a network: augmentation and normalization."""
import torch
from torch import nn


def move(tensor, device):
    """Copies a tensor to a device. A copy to a GPU does not wait for the GPU to finish its current work."""
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor


def shift_and_flip(images, most, flip, generator):
    """Shifts each image at random by up to most pixels in each direction, filling with zeros, and mirrors half of the images.

    generator runs on the CPU, so all devices get the same images.
    """
    number, _, height, width = images.shape
    if most == 0 and not flip:
        return images
    flipped = (torch.rand(number, 1, generator=generator) < 0.5) & bool(flip)
    device = images.device
    down, right = move(torch.randint(2 * most + 1, (2, number, 1), generator=generator), device)
    flipped = move(flipped, device)
    rows, columns = torch.arange(height, device=device), torch.arange(width, device=device)
    columns = torch.where(flipped, width - 1 - columns, columns) + right
    rows = rows + down
    # One look-up does both: rows and columns broadcast to every image's grid, and channels come last.
    padded = nn.functional.pad(images, (most, most, most, most)).permute(0, 2, 3, 1)
    return padded[torch.arange(number, device=device)[:, None, None], rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


class Normalization:
    """Normalizes each channel to mean 0 and standard deviation 1. mean and deviation are lists, in units of bytes."""

    def __init__(self, mean, deviation):
        self.mean, self.deviation = list(mean), list(deviation)

    def to(self, device):
        """Returns a function that normalizes images on a device."""
        mean, deviation = (torch.tensor(v).reshape(-1, 1, 1).to(device) for v in (self.mean, self.deviation))
        return lambda images: (images.float() - mean) / deviation


def measure_normalization(images):
    """Returns a normalization with the statistics of these images, which are bytes."""
    channels = images.shape[1]
    # Counting the 256 values needs no copy of the images as numbers.
    counts = torch.stack([torch.bincount(images[:, c].flatten(), minlength=256) for c in range(channels)]).double()
    values, total = torch.arange(256).double(), counts.sum(dim=1)
    mean = (counts * values).sum(dim=1) / total
    variance = (counts * values**2).sum(dim=1) / total - mean**2
    return Normalization(mean.float().tolist(), variance.clamp(min=1).sqrt().float().tolist())
