"""Reads a folder that contains a folder for each class, with its images in any format that Pillow reads."""
import os

import torch

from .errors import BadData


def load(directory, size, within=""):
    """Returns images (number, 3, size, size), labels and the number of classes. Classes are numbered in the order of their names.

    If within is not empty, the images are in the subfolder of that name of each class's folder.
    """
    if not os.path.isdir(directory):
        raise BadData(f"{directory} is not a folder")
    try:
        import PIL  # imported here because other data sets do not need Pillow
    except ImportError as error:
        raise BadData("a folder of images needs Pillow: python3-pil, or pip install pillow") from error
    classes = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
    images, labels = [], []
    for label, name in enumerate(classes):
        for file in sorted(entry.path for entry in os.scandir(os.path.join(directory, name, within)) if entry.is_file()):
            images.append(read(file, size))
            labels.append(label)
    if len(classes) < 2 or not images:
        raise BadData(f"{directory} has no folders of images, one for each of at least two classes")
    return torch.stack(images), torch.tensor(labels), len(classes)


def read(path, size):
    """Reads an image as RGB, scaled and cropped at the sides to a square."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            pixels = ImageOps.fit(image.convert("RGB"), (size, size)).tobytes()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadData(f"{path}: {error}") from error
    return torch.frombuffer(bytearray(pixels), dtype=torch.uint8).reshape(size, size, 3).permute(2, 0, 1)
