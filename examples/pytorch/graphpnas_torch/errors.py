"""What can be wrong with the input."""


class Invalid(Exception):
    """A request, plan or recipe asks for something impossible; the text says what would be right."""


class BadFile(Exception):
    """A file of weights is truncated, altered or belongs to another network."""


class BadData(Exception):
    """A data set's file or folder is not what it should be."""
