"""How a network is trained: the numbers of a request's budget, their defaults and their ranges."""
import math
from dataclasses import dataclass, field, fields

from .errors import Invalid
from .plan import shorten


def number(default, low, high):
    """A number of the recipe, from low to high; whole if its default is."""
    return field(default=default, metadata={"low": low, "high": high})


@dataclass(frozen=True)
class Recipe:
    """SGD with Nesterov momentum and a rate that falls to zero along a cosine, like oracle.Recipe in Go.

    The incomplete last batch of an epoch is skipped. The defaults are those of NAS-Bench-201's short training runs (Dong & Yang
    2020, arXiv 2001.00326).
    """

    epochs: int = number(12, 0, 10_000)
    batch: int = number(256, 1, 65_536)
    rate: float = number(0.1, 1e-9, 100.0)
    warm_up: float = number(0.0, 0.0, 0.999)  # share of all steps during which the rate rises
    momentum: float = number(0.9, 0.0, 0.9999)
    weight_decay: float = number(5e-4, 0.0, 10.0)
    smoothing: float = number(0.0, 0.0, 0.999)  # share of a label's probability that is spread over all classes
    clip: float = number(0.0, 0.0, 1e9)  # maximum norm of the gradient; 0: no limit
    pad: int = number(-1, -1, 64)  # maximum shift of images in pixels; -1: an eighth of their height
    flip: int = number(1, 0, 1)  # whether images are mirrored at random
    fraction: float = number(1.0, 1e-6, 1.0)  # fraction of the training images that is used
    validation: float = number(0.5, 1e-6, 0.999)  # fraction of all images that is held out

    def rate_at(self, step, steps):
        """Returns the learning rate of a step, counted from 0, for this number of steps."""
        warm = int(self.warm_up * steps)
        if step >= steps:
            return 0.0
        if step < warm:
            return self.rate * (step + 1) / (warm + 1)
        return self.rate * (1 + math.cos(math.pi * (step - warm) / (steps - warm))) / 2


def read(numbers, kind=Recipe):
    """Returns the recipe in a request's budget; raises Invalid."""
    known = {entry.name: entry for entry in fields(kind)}
    for name, value in numbers.items():
        if name not in known:
            raise Invalid(f"unknown budget {shorten(name)}: there are {', '.join(known)}")
        low, high = known[name].metadata["low"], known[name].metadata["high"]
        whole = isinstance(known[name].default, int)
        if not low <= value <= high or whole and value != int(value):
            raise Invalid(f"budget {name!r} must be {'a whole number' if whole else 'a number'} from {low} to {high}, got {value}")
    return kind(**{name: type(known[name].default)(value) for name, value in numbers.items()})
