"""A folder of images: in it a folder for each class, with its images in any format that Pillow reads."""
import os

import torch

from .errors import BadData


def load(directory, size, within=""):
    """Returns images (number, 3, size, size), labels and the number of classes, which are numbered in the order of their names.

    Within the folder of a class, the images are in the folder called within, if it is not empty.
    """
    if not os.path.isdir(directory):
        raise BadData(f"{directory} is not a folder")
    try:
        import PIL  # here: other data sets need no Pillow
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
    """Reads an image, scaled and cut at the sides to a square in colour."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            pixels = ImageOps.fit(image.convert("RGB"), (size, size)).tobytes()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadData(f"{path}: {error}") from error
    return torch.frombuffer(bytearray(pixels), dtype=torch.uint8).reshape(size, size, 3).permute(2, 0, 1)
