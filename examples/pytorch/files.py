"""What the readers of data sets have in common."""
import os


class BadData(Exception):
    """A file is not what it should be."""


def find(directory, names):
    """Returns the path of the first of some files that is there."""
    for name in names:
        path = os.path.join(directory, name)
        if os.path.isfile(path):
            return path
    raise BadData(f"{directory} has none of the files {', '.join(names)}")
