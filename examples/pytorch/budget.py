"""What an evaluation may spend: the numbers of a request's budget, their defaults and their ranges."""
from dataclasses import dataclass, field, fields, replace

from protocol import Invalid


def number(default, low, high):
    """A number of the budget, from low to high; whole where its default is."""
    return field(default=default, metadata={"low": low, "high": high})


@dataclass(frozen=True)
class Budget:
    """The settings of one training. The defaults are NAS-Bench-201's short trainings."""

    epochs: int = number(12, 0, 10_000)
    channels: int = number(16, 1, 1024)
    cells: int = number(5, 1, 32)
    fraction: float = number(1.0, 1e-6, 1.0)
    validation: float = number(0.5, 1e-6, 0.999)
    batch: int = number(256, 1, 65_536)
    rate: float = number(0.1, 1e-9, 100.0)


# Where the published networks and trainings of a space differ from NAS-Bench-201's.
DEFAULTS = {
    "nasbench201": Budget(),
    "nasbench101": Budget(channels=128, cells=3, validation=0.2),
}


def read(space, numbers):
    """Makes the budget of a request for an architecture of a space; raises Invalid."""
    known = {entry.name: entry for entry in fields(Budget)}
    for name, value in numbers.items():
        if name not in known:
            raise Invalid(f"unknown budget {name!r}: there are {', '.join(known)}")
        low, high = known[name].metadata["low"], known[name].metadata["high"]
        whole = isinstance(known[name].default, int)
        if not low <= value <= high or whole and value != int(value):
            raise Invalid(f"budget {name!r} is {value}, not {'a whole number' if whole else 'a number'} from {low} to {high}")
    return replace(DEFAULTS[space], **{name: type(known[name].default)(value) for name, value in numbers.items()})
