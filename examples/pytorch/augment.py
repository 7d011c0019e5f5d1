"""From bytes to what a network reads: the usual augmentation, and normalisation."""
import torch
from torch import nn


def flip_and_crop(images, generator):
    """Mirrors each image with probability a half, and shifts it at random by up to an eighth of its size; zeros come in."""
    number, _, height, width = images.shape
    most = height // 8
    flipped = torch.rand(number, 1, generator=generator) < 0.5
    down, right = torch.randint(2 * most + 1, (2, number, 1), generator=generator)
    rows, columns = torch.arange(height), torch.arange(width)
    columns = torch.where(flipped, width - 1 - columns, columns) + right
    rows = rows + down
    # One look-up does both: rows and columns broadcast to every image's grid, and channels come last.
    padded = nn.functional.pad(images, (most, most, most, most)).permute(0, 2, 3, 1)
    return padded[torch.arange(number)[:, None, None], rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


class Normalization:
    """Brings each channel to mean 0 and standard deviation 1, by the statistics of the images it is made of.

    It is for images on the device.
    """

    def __init__(self, images, device):
        channels = images.shape[1]
        # Counting the 256 values needs no copy of the images as numbers.
        counts = torch.stack([torch.bincount(images[:, c].flatten(), minlength=256) for c in range(channels)]).double()
        values, total = torch.arange(256).double(), counts.sum(dim=1)
        mean = (counts * values).sum(dim=1) / total
        variance = (counts * values**2).sum(dim=1) / total - mean**2
        self.mean = mean.float().reshape(channels, 1, 1).to(device)
        self.deviation = variance.clamp(min=1).sqrt().float().reshape(channels, 1, 1).to(device)

    def __call__(self, images):
        return (images.float() - self.mean) / self.deviation
