"""The network of a plan as an nn.Module: eager, with torch.jit.script or with torch.compile."""
from typing import List

import torch
from torch import Tensor, nn

from .errors import BadFile, Invalid
from .operations import OPERATIONS, BatchNorm
from .plan import Plan


class Network(nn.Module):
    """The network of a plan. It maps normalized images, N × channels × height × width, to logits, N × classes.

    Operations that do not affect the logits keep their parameters but are not computed. A new network has no values
    yet; build draws them.
    """

    def __init__(self, plan):
        super().__init__()
        self.plan = plan
        self.steps, self.idle = nn.ModuleList(), nn.ModuleList()
        self.owners = {}  # of each parameter and statistic: the module, the attribute and the layouts
        live, shapes = plan.live(), [(plan.input.channels, plan.input.height, plan.input.width)]
        places, self.places = assign(plan, live)
        for number, operation in enumerate(plan.operations):
            inputs = operation.inputs or (0,)  # there are as many zeros as images
            # Values that are not computed have no places.
            read, written = [places.get(value, 0) for value in inputs], places.get(number + 1, 0)
            step = OPERATIONS[operation.op](operation, shapes[inputs[0]], read, written)
            (self.steps if number in live else self.idle).append(step)
            shapes.append(operation.shape)
            for name in operation.parameters:
                attribute = name[len(operation.name) + 1 :]
                self.owners[name] = step, attribute, LAYOUTS.get(operation.op if attribute == "weight" else None, (same, same))
        self.logits = places[plan.logits]

    def forward(self, images: Tensor) -> Tensor:
        values: List[Tensor] = [images] * self.places
        for step in self.steps:
            values[step.output] = step(values)
        return values[self.logits].flatten(1)


def assign(plan, live):
    """Gives each computed value a place, which is reused after the value's last reader; returns the places and their number.

    Place 0 contains the images at the start.
    """
    last = {plan.logits: len(plan.operations)}
    for number in sorted(live, reverse=True):
        for value in plan.operations[number].inputs or (0,):
            last.setdefault(value, number)
    places, free, used = {0: 0}, [], 1
    for number in sorted(live):
        if not free:
            free.append(used)
            used += 1
        places[number + 1] = free.pop()
        for value in set(plan.operations[number].inputs or (0,)):
            if last[value] == number:
                free.append(places[value])
    return places, used


def same(tensor):
    """Files have PyTorch's layout."""
    return tensor


# Conversions of some operations' weights into the layout of files and back.
LAYOUTS = {
    "conv": (lambda w: w.permute(2, 3, 1, 0), lambda w: w.permute(3, 2, 0, 1)),
    "depthwise_conv": (lambda w: w.squeeze(1).permute(1, 2, 0), lambda w: w.permute(2, 0, 1).unsqueeze(1)),
    "linear": (lambda w: w.t(), lambda w: w.t()),
}


def build(plan, seed=None):
    """Builds the network of a plan, a Plan or its document, with new parameters, which the seed determines. Raises Invalid."""
    network = Network(plan if isinstance(plan, Plan) else Plan(plan))
    initialize(network, seed)
    return network


@torch.no_grad()
def initialize(network, seed=None):
    """Draws the parameters as the plan says, and sets the running statistics to their initial values."""
    generator = torch.Generator()
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed(seed)
    for parameter in network.plan.parameters:
        tensor = tensor_of(network, parameter.name)
        tensor.copy_(draw_values(tensor.shape, parameter.init, generator))


def draw_values(shape, init, generator):
    """Draws a parameter of PyTorch's shape as the plan says."""
    kind, value = init
    drawn = torch.empty(shape)
    if kind == "normal":
        return drawn.normal_(0, value, generator=generator)
    if kind == "uniform":
        return drawn.uniform_(-value, value, generator=generator)
    return drawn.fill_(value)


def tensor_of(network, name):
    """Returns the module's parameter or buffer with this name in the plan."""
    step, attribute, _ = network.owners[name]
    return getattr(step, attribute)


def to_file(network, name, tensor):
    """Returns a copy of a tensor with the shape of the module's parameter, in the layout of files."""
    return network.owners[name][2][0](tensor.detach()).clone(memory_format=torch.contiguous_format)


def from_file(network, name, tensor):
    """Returns a file's tensor in the shape of the module's parameter."""
    return network.owners[name][2][1](tensor)


def weights(network):
    """Returns copies of the parameters and running statistics by name, in the layout of files."""
    return {p.name: to_file(network, p.name, tensor_of(network, p.name)) for p in network.plan.parameters}


@torch.no_grad()
def set_weights(network, tensors):
    """Sets the parameters and running statistics to a file's tensors. Raises BadFile without setting anything."""
    found = [matching(network, p, tensors, p.name) for p in network.plan.parameters]
    for parameter, values in zip(network.plan.parameters, found):
        tensor_of(network, parameter.name).copy_(values)


def matching(network, parameter, tensors, name):
    """Returns a file's tensor for a parameter, in the shape of the module's; raises BadFile."""
    if name not in tensors:
        raise BadFile(f"there must be a tensor {name!r}: the file belongs to another network")
    if tuple(tensors[name].shape) != tuple(parameter.shape):
        raise BadFile(
            f"tensor {name!r} must have the shape {list(parameter.shape)}, got {list(tensors[name].shape)}: "
            "the file belongs to another network"
        )
    return from_file(network, parameter.name, tensors[name])


def by_batch(network, on):
    """Makes evaluation normalize by the moments of each batch, or by the running statistics again."""
    for step in network.steps:
        if isinstance(step, BatchNorm):
            step.by_batch = on


def check_images(plan, shape, classes):
    """Raises Invalid unless a plan is for images of this shape (channels × height × width) and this number of classes."""
    wanted, found = plan.input, (*shape, classes)
    if found != tuple(wanted):
        raise Invalid(
            f"the plan is for images of {wanted.channels}×{wanted.height}×{wanted.width} in {wanted.classes} classes, "
            f"the data set has {found[0]}×{found[1]}×{found[2]} in {found[3]}"
        )
