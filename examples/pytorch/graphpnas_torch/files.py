"""Helpers for the readers of data sets."""
import os

from .errors import BadData


def find(directory, names):
    """Returns the path of the first of the named files that exists."""
    if not os.path.isdir(directory):
        raise BadData(f"{directory} is not a folder")
    for name in names:
        path = os.path.join(directory, name)
        if os.path.isfile(path):
            return path
    raise BadData(f"{directory} has none of the files {', '.join(names)}")
