"""Exceptions for invalid input."""


class Invalid(Exception):
    """A request, plan or recipe asks for something impossible; the text says what would be right."""


class BadFile(Exception):
    """A file of weights is truncated, altered or belongs to another network."""


class BadData(Exception):
    """A file or folder of a data set is invalid."""
