"""Plans of networks: JSON documents of version 1, checked strictly. docs/plan.md describes them.

A plan is data. Nothing in it is executed: operations are looked up in a table, and every shape and every parameter must
follow from the operations before it.
"""
import json
import math
from collections import namedtuple

from .errors import Invalid

VERSION = 1
MAX_VALUES = 1 << 27  # numbers in one value of one image
MAX_PARAMETERS = 1 << 28  # default limit of a reader: 1 GiB
MAX_KERNEL = 15

Input = namedtuple("Input", "channels height width classes")
# shape is the shape of PyTorch's parameter; layout is the shape in the document and in files.
Parameter = namedtuple("Parameter", "name shape statistic init")
# parameters are the names of the operation's parameters, in order.
Operation = namedtuple("Operation", "op inputs shape name attributes parameters")

# For each operation: minimum and maximum number of inputs, whether it has a name, and its attributes.
WINDOW = ("kernel", "stride")
SIGNATURES = {
    "conv": (1, 1, True, (*WINDOW, "dilation")),
    "depthwise_conv": (1, 1, True, (*WINDOW, "dilation")),
    "linear": (1, 1, True, ()),
    "batch_norm": (1, 1, True, ("epsilon", "momentum", "mode")),
    "relu": (1, 1, False, ()),
    "max_pool": (1, 1, False, WINDOW),
    "avg_pool": (1, 1, False, WINDOW),
    "global_avg_pool": (1, 1, False, ()),
    "subsample": (1, 1, False, ("stride", "from")),
    "sum": (2, math.inf, False, ()),
    "average": (2, math.inf, False, ()),
    "weighted_sum": (1, math.inf, True, ()),
    "concat": (2, math.inf, False, ()),
    "first_channels": (1, 1, False, ()),
    "zero": (0, 0, False, ()),
}


class Plan:
    """A network: input, parameters and operations in order, and the number of the value with the logits.

    document is the JSON text from which it was read.
    """

    def __init__(self, text, max_parameters=MAX_PARAMETERS):
        """Reads a document, given as a text or as the result of json.loads; raises Invalid."""
        fields = parse(text) if isinstance(text, (str, bytes)) else text
        try:
            self._read(fields)
        except Invalid as error:
            raise Invalid(f"plan: {error}") from None
        size = self.count()
        if size > max_parameters:
            raise Invalid(f"plan: the network has {size} parameters, more than {max_parameters}")
        self.document = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)

    def _read(self, fields):
        if not isinstance(fields, dict):
            raise Invalid(f"a plan must be an object, got {shorten(fields)}")
        version = fields.get("plan")
        if not is_whole(version) or version != VERSION:  # checked first, because other versions have other fields
            raise Invalid(f"the version must be {VERSION}, got {shorten(version)}")
        check_fields(fields, ("plan", "arch", "input", "parameters", "operations", "logits"), "a plan")
        self.arch, self.input = fields["arch"], read_input(fields["input"])
        if not isinstance(self.arch, str):
            raise Invalid(f"arch must be a text, got {shorten(self.arch)}")
        shapes = [(self.input.channels, self.input.height, self.input.width)]
        self.operations, layouts = [], []
        for number, operation in enumerate(read_list(fields["operations"], "operations")):
            try:
                read, own = read_operation(operation, shapes)
            except Invalid as error:
                raise Invalid(f"operation {number}, {describe(operation)}: {error}") from None
            self.operations.append(read)
            layouts += own
            shapes.append(read.shape)
        self.parameters = read_parameters(read_list(fields["parameters"], "parameters"), layouts)
        self.logits = fields["logits"]
        if not is_whole(self.logits) or not 0 <= self.logits < len(shapes):
            raise Invalid(f"logits must be a value from 0 to {len(shapes) - 1}, got {shorten(self.logits)}")
        if shapes[self.logits] != (self.input.classes, 1, 1):
            raise Invalid(f"the logits must have shape {[self.input.classes, 1, 1]}, got {list(shapes[self.logits])}")

    def count(self):
        """Returns the number of learned parameters."""
        return sum(math.prod(p.shape) for p in self.parameters if not p.statistic)

    def live(self):
        """Returns the numbers of the operations that affect the logits."""
        found, waiting = set(), [self.logits]
        while waiting:
            value = waiting.pop()
            if value > 0 and value - 1 not in found:
                found.add(value - 1)
                waiting += self.operations[value - 1].inputs
        return found


def parse(text):
    """Parses JSON without duplicate names, infinities or NaN; raises Invalid."""

    def unique(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"{twice!r} appears twice in an object")
        return dict(pairs)

    def refuse(constant):
        raise ValueError(f"{constant} is not a JSON number")

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"not a JSON document: {error}") from error


def is_whole(value):
    """Reports whether a value read from JSON is an integer. True and False are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value):
    """Reports whether a value read from JSON is a finite number."""
    try:
        return not isinstance(value, bool) and isinstance(value, (int, float)) and math.isfinite(value)
    except OverflowError:  # an integer beyond the range of float
        return False


def shorten(value):
    """Quotes a value for a message."""
    try:
        text = repr(value)
    except ValueError:  # an integer with thousands of digits
        text = "a number with very many digits"
    return text if len(text) <= 60 else text[:60] + "…"


def describe(operation):
    """Names an operation for a message."""
    if not isinstance(operation, dict):
        return shorten(operation)
    name = f" called {shorten(operation['name'])}" if operation.get("name") else ""
    return shorten(operation.get("op")) + name


def check_fields(fields, needed, what, optional=()):
    """Raises Invalid unless an object has exactly these fields, apart from optional ones."""
    if not isinstance(fields, dict):
        raise Invalid(f"{what} must be an object, got {shorten(fields)}")
    for name in needed:
        if name not in fields:
            raise Invalid(f"{what} must have {name!r}")
    for name in fields:
        if name not in needed and name not in optional:
            raise Invalid(f"{what} has no {shorten(name)}")


def read_list(value, what):
    if not isinstance(value, list):
        raise Invalid(f"{what} must be a list, got {shorten(value)}")
    return value


def whole(value, what, low, high):
    """Returns a whole number in a range; raises Invalid."""
    if not is_whole(value) or not low <= value <= high:
        raise Invalid(f"{what} must be a whole number from {low} to {high}, got {shorten(value)}")
    return value


def read_input(fields):
    check_fields(fields, Input._fields, "the input")
    read = Input(*(whole(fields[name], name, 1, MAX_VALUES) for name in Input._fields))
    if read.channels * read.height * read.width > MAX_VALUES:
        raise Invalid(f"an image must have at most {MAX_VALUES} numbers, got {read.channels}×{read.height}×{read.width}")
    return read


def read_operation(fields, shapes):
    """Reads an operation, given the shapes of the values before it, and the names and layouts of its parameters."""
    op = fields.get("op") if isinstance(fields, dict) else None
    if not isinstance(op, str) or op not in SIGNATURES:
        raise Invalid("the operation is unknown")
    fewest, most, named, names = SIGNATURES[op]
    optional = tuple(name for name in ("name", "from") if name == "name" and named or name in names)
    needed = ("op", "inputs", "shape", *(name for name in names if name not in optional))
    check_fields(fields, needed, "the operation", optional)
    inputs = read_list(fields["inputs"], "inputs")
    if not fewest <= len(inputs) <= most:
        wanted = str(fewest) if fewest == most else f"at least {fewest}"
        raise Invalid(f"there must be {wanted} inputs, got {len(inputs)}")
    for value in inputs:
        if not is_whole(value) or not 0 <= value < len(shapes):
            raise Invalid(f"an input must be a value computed before, from 0 to {len(shapes) - 1}, got {shorten(value)}")
    stated = read_list(fields["shape"], "the shape")
    if len(stated) != 3:
        raise Invalid(f"the shape must be three numbers, got {shorten(stated)}")
    stated = tuple(whole(size, "a size", 1, MAX_VALUES) for size in stated)
    if math.prod(stated) > MAX_VALUES:
        raise Invalid(f"an image's value must have at most {MAX_VALUES} numbers, got the shape {list(stated)}")
    name = fields.get("name", "")
    if not isinstance(name, str):
        raise Invalid(f"the name must be a text, got {shorten(name)}")
    attributes = read_attributes(op, {key: fields.get(key, 0) for key in names})
    shape, own = infer(op, [shapes[value] for value in inputs], stated, attributes)
    if shape != stated:
        raise Invalid(f"the shape must be {list(shape)}, got {list(stated)}")
    own = [(f"{name}.{part}", layout) for part, layout in own]
    return Operation(op, tuple(inputs), shape, name, attributes, tuple(part for part, _ in own)), own


def read_attributes(op, found):
    """Checks an operation's attributes, regardless of its inputs."""
    for key in "kernel", "stride", "dilation":
        if key in found:
            whole(found[key], key, 1, MAX_KERNEL if key == "kernel" and op.endswith("conv") else MAX_VALUES)
    if op.endswith("conv") and found["kernel"] % 2 == 0:
        raise Invalid(f"the kernel of a convolution must be odd, got {found['kernel']}")
    if "from" in found:
        whole(found["from"], "from", 0, found["stride"] - 1)
    for key in "epsilon", "momentum":
        if key in found and not (is_number(found[key]) and 0 < found[key] <= 1):
            raise Invalid(f"{key} must be more than 0 and at most 1, got {shorten(found[key])}")
    if found.get("mode", "running") != "running":
        raise Invalid(f"the mode must be 'running', got {shorten(found['mode'])}")
    return found


def infer(op, inputs, stated, attributes):
    """Returns the shape of an operation's result, and the names and layouts of its parameters."""
    if op == "zero":
        return stated, []
    channels, height, width = inputs[0]
    pixels = height, width
    if "stride" in attributes:
        stride = attributes["stride"]
        pixels = -(-height // stride), -(-width // stride)
    kernel = attributes.get("kernel")
    if op == "conv":
        return (stated[0], *pixels), [("weight", (kernel, kernel, channels, stated[0]))]
    if op == "depthwise_conv":
        return (channels, *pixels), [("weight", (kernel, kernel, channels))]
    if op == "linear":
        if pixels != (1, 1):
            raise Invalid(f"the input must be a single pixel, got {height}×{width}")
        return (stated[0], 1, 1), [("weight", (channels, stated[0])), ("bias", (stated[0],))]
    if op == "batch_norm":
        return inputs[0], [(part, (channels,)) for part in ("weight", "bias", "running_mean", "running_var")]
    if op == "global_avg_pool":
        return (channels, 1, 1), []
    if op in ("sum", "average", "weighted_sum"):
        if set(inputs) != {inputs[0]}:
            raise Invalid(f"the inputs must have one shape, got {[list(shape) for shape in inputs][:4]}")
        return inputs[0], [("weight", (len(inputs),))] if op == "weighted_sum" else []
    if op == "concat":
        if {shape[1:] for shape in inputs} != {pixels}:
            raise Invalid(f"the inputs must have one height and width, got {[list(shape) for shape in inputs][:4]}")
        return (sum(shape[0] for shape in inputs), *pixels), []
    if op == "first_channels":
        return (min(channels, stated[0]), *pixels), []
    return (channels, *pixels), []  # relu, pools, subsample


def read_parameters(listed, layouts):
    """Reads the table of parameters, which must match the operations."""
    if len(listed) != len(layouts):
        raise Invalid(f"{len(listed)} parameters are listed, the operations have {len(layouts)}")
    names = set()
    read = []
    for number, (fields, (name, layout)) in enumerate(zip(listed, layouts)):
        check_fields(fields, ("name", "shape", "init"), f"parameter {number}", ("statistic",))
        statistic = name.endswith((".running_mean", ".running_var")) and len(layout) == 1
        found = fields["name"], fields["shape"], fields.get("statistic", False)
        if found != (name, list(layout), statistic):
            wanted = name, list(layout), statistic
            raise Invalid(f"parameter {number}: name, shape and statistic must be {shorten(wanted)}, got {shorten(found)}")
        if name in names:
            raise Invalid(f"two parameters are called {shorten(name)}")
        names.add(name)
        read.append(Parameter(name, layout, statistic, read_init(name, fields["init"])))
    return read


def read_init(name, fields):
    """Returns a parameter's initialization: its kind and value."""
    check_fields(fields, ("kind", "value"), f"the init of {shorten(name)}")
    kind, value = fields["kind"], fields["value"]
    if kind not in ("normal", "uniform", "constant"):
        raise Invalid(f"the init of {shorten(name)} must be normal, uniform or constant, got {shorten(kind)}")
    if not is_number(value) or kind != "constant" and value < 0:
        raise Invalid(f"the value of the init of {shorten(name)} must be a finite number, at least 0 for a width, got {shorten(value)}")
    return kind, float(value)
