"""The operations of a plan as modules.

Every module reads values from a list by their places and returns its result. A network is therefore one loop over
modules, which TorchScript and torch.compile unroll.
"""
from typing import List

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Step(nn.Module):
    """An operation. inputs are the places of the values it reads, and output is the place of its result."""

    def __init__(self, operation, shape, inputs: List[int], output: int):
        super().__init__()
        self.inputs = inputs
        self.output = output

    def forward(self, values: List[Tensor]) -> Tensor:
        raise NotImplementedError


class Conv(Step):
    """A convolution of all channels without bias."""

    def __init__(self, operation, shape, inputs: List[int], output: int):
        super().__init__(operation, shape, inputs, output)
        kernel, self.stride, self.dilation = (operation.attributes[key] for key in ("kernel", "stride", "dilation"))
        self.padding = self.dilation * (kernel - 1) // 2
        self.groups = 1
        self.weight = nn.Parameter(torch.empty(operation.shape[0], shape[0], kernel, kernel))

    def forward(self, values: List[Tensor]) -> Tensor:
        return F.conv2d(
            values[self.inputs[0]], self.weight, None, self.stride, self.padding, self.dilation, self.groups
        )


class DepthwiseConv(Conv):
    """A depthwise convolution: each channel is convolved separately."""

    def __init__(self, operation, shape, inputs: List[int], output: int):
        super().__init__(operation, shape, inputs, output)
        self.groups = shape[0]
        kernel = operation.attributes["kernel"]
        self.weight = nn.Parameter(torch.empty(shape[0], 1, kernel, kernel))


class Linear(Step):
    """A linear layer on the channels of a single pixel."""

    def __init__(self, operation, shape, inputs: List[int], output: int):
        super().__init__(operation, shape, inputs, output)
        self.weight = nn.Parameter(torch.empty(operation.shape[0], shape[0]))
        self.bias = nn.Parameter(torch.empty(operation.shape[0]))

    def forward(self, values: List[Tensor]) -> Tensor:
        return F.linear(values[self.inputs[0]].flatten(1), self.weight, self.bias).unsqueeze(2).unsqueeze(3)


class BatchNorm(Step):
    """Batch normalization with running statistics.

    If by_batch is set, evaluation also uses the moments of the batch, and the running statistics do not change.
    """

    by_batch: bool

    def __init__(self, operation, shape, inputs: List[int], output: int):
        super().__init__(operation, shape, inputs, output)
        self.epsilon, self.momentum = float(operation.attributes["epsilon"]), float(operation.attributes["momentum"])
        self.by_batch = False
        self.weight = nn.Parameter(torch.empty(shape[0]))
        self.bias = nn.Parameter(torch.empty(shape[0]))
        self.register_buffer("running_mean", torch.empty(shape[0]))
        self.register_buffer("running_var", torch.empty(shape[0]))

    def forward(self, values: List[Tensor]) -> Tensor:
        x = values[self.inputs[0]]
        if not self.training and not self.by_batch:
            return F.batch_norm(
                x, self.running_mean, self.running_var, self.weight, self.bias, False, self.momentum, self.epsilon
            )
        if x.size(0) * x.size(2) * x.size(3) == 1:
            return self.single(x)
        if not self.training:
            return F.batch_norm(x, None, None, self.weight, self.bias, True, 0.0, self.epsilon)
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, True, self.momentum, self.epsilon
        )

    def single(self, x: Tensor) -> Tensor:
        """Normalizes a single value per channel, whose variance is 0; PyTorch rejects that."""
        if self.training:
            with torch.no_grad():
                self.running_mean.lerp_(x.detach().flatten().to(self.running_mean.dtype), self.momentum)
                self.running_var.mul_(1 - self.momentum)
        return (x - x) * self.weight.view(1, -1, 1, 1) + self.bias.view(1, -1, 1, 1)


class ReLU(Step):
    """max(x, 0)."""

    def forward(self, values: List[Tensor]) -> Tensor:
        return F.relu(values[self.inputs[0]])


class Pool(Step):
    """The base of both pools: windows begin (kernel − 1) // 2 before their pixel and count only pixels inside the image."""

    def __init__(self, operation, shape, inputs: List[int], output: int):
        super().__init__(operation, shape, inputs, output)
        self.kernel, self.stride = (operation.attributes[key] for key in ("kernel", "stride"))
        self.before = (self.kernel - 1) // 2
        self.plain = all(self.fits(size, out) for size, out in zip(shape[1:], operation.shape[1:]))
        behind = [
            max(0, (out - 1) * self.stride + self.kernel - size - self.before)
            for size, out in zip(shape[1:], operation.shape[1:])
        ]
        self.pads: List[int] = [self.before, behind[1], self.before, behind[0]]

    def fits(self, size, out):
        """Reports whether PyTorch's own pool has the same windows in one dimension."""
        places = -(-(size + 2 * self.before - self.kernel) // self.stride) + 1
        if (places - 1) * self.stride >= size + self.before:
            places -= 1
        return places == out and size + 2 * self.before >= self.kernel


class MaxPool(Pool):
    """The largest value of each window."""

    def forward(self, values: List[Tensor]) -> Tensor:
        x = values[self.inputs[0]]
        if self.plain:
            return F.max_pool2d(x, self.kernel, self.stride, self.before, 1, True)
        return F.max_pool2d(F.pad(x, self.pads, "constant", float("-inf")), self.kernel, self.stride)


class AvgPool(Pool):
    """The mean of the pixels of each window that are inside the image."""

    def __init__(self, operation, shape, inputs: List[int], output: int):
        super().__init__(operation, shape, inputs, output)
        rows, columns = (
            torch.tensor([
                min(start + self.kernel, size) - max(start, 0)
                for start in range(-self.before, -self.before + out * self.stride, self.stride)
            ])
            for size, out in zip(shape[1:], operation.shape[1:])
        )
        share = self.kernel**2 / (rows[:, None] * columns[None, :]).float()
        self.register_buffer("share", share if not self.plain else torch.empty(0), persistent=False)

    def forward(self, values: List[Tensor]) -> Tensor:
        x = values[self.inputs[0]]
        if self.plain:
            return F.avg_pool2d(x, self.kernel, self.stride, self.before, True, False)
        return F.avg_pool2d(F.pad(x, self.pads), self.kernel, self.stride) * self.share


class GlobalAvgPool(Step):
    """The mean over all pixels."""

    def forward(self, values: List[Tensor]) -> Tensor:
        return values[self.inputs[0]].mean(dim=(2, 3), keepdim=True)


class Subsample(Step):
    """Some rows and columns; pixels outside the image are zero."""

    def __init__(self, operation, shape, inputs: List[int], output: int):
        super().__init__(operation, shape, inputs, output)
        self.stride, self.start = operation.attributes["stride"], operation.attributes["from"]
        inside = [len(range(self.start, size, self.stride)) for size in shape[1:]]
        self.height, self.width = operation.shape[1:]
        self.empty = 0 in inside
        self.pads: List[int] = [0, self.width - inside[1], 0, self.height - inside[0]]

    def forward(self, values: List[Tensor]) -> Tensor:
        x = values[self.inputs[0]]
        if self.empty:
            return x.new_zeros([x.size(0), x.size(1), self.height, self.width])
        return F.pad(x[:, :, self.start :: self.stride, self.start :: self.stride], self.pads)


class Sum(Step):
    """The sum of the inputs, divided by a number."""

    def __init__(self, operation, shape, inputs: List[int], output: int):
        super().__init__(operation, shape, inputs, output)
        self.divisor = 1

    def forward(self, values: List[Tensor]) -> Tensor:
        total = values[self.inputs[0]] + values[self.inputs[1]]
        for place in self.inputs[2:]:
            total = total + values[place]
        return total if self.divisor == 1 else total / self.divisor


class Average(Sum):
    """The mean of the inputs."""

    def __init__(self, operation, shape, inputs: List[int], output: int):
        super().__init__(operation, shape, inputs, output)
        self.divisor = len(inputs)


class WeightedSum(Step):
    """The sum of the inputs, each multiplied by the sigmoid of its weight."""

    def __init__(self, operation, shape, inputs: List[int], output: int):
        super().__init__(operation, shape, inputs, output)
        self.weight = nn.Parameter(torch.empty(len(inputs)))

    def forward(self, values: List[Tensor]) -> Tensor:
        shares = torch.sigmoid(self.weight).unbind()
        total = values[self.inputs[0]] * shares[0]
        for i in range(1, len(self.inputs)):
            total = total + values[self.inputs[i]] * shares[i]
        return total


class Concat(Step):
    """The channels of the inputs, concatenated."""

    def forward(self, values: List[Tensor]) -> Tensor:
        return torch.cat([values[place] for place in self.inputs], 1)


class FirstChannels(Step):
    """The first channels."""

    def __init__(self, operation, shape, inputs: List[int], output: int):
        super().__init__(operation, shape, inputs, output)
        self.channels = operation.shape[0]

    def forward(self, values: List[Tensor]) -> Tensor:
        return values[self.inputs[0]][:, : self.channels]


class Zero(Step):
    """Zeros. It reads the images only to know how many there are."""

    def __init__(self, operation, shape, inputs: List[int], output: int):
        super().__init__(operation, shape, inputs, output)
        self.shape: List[int] = list(operation.shape)

    def forward(self, values: List[Tensor]) -> Tensor:
        x = values[self.inputs[0]]
        return x.new_zeros([x.size(0), self.shape[0], self.shape[1], self.shape[2]])


OPERATIONS = {
    "conv": Conv,
    "depthwise_conv": DepthwiseConv,
    "linear": Linear,
    "batch_norm": BatchNorm,
    "relu": ReLU,
    "max_pool": MaxPool,
    "avg_pool": AvgPool,
    "global_avg_pool": GlobalAvgPool,
    "subsample": Subsample,
    "sum": Sum,
    "average": Average,
    "weighted_sum": WeightedSum,
    "concat": Concat,
    "first_channels": FirstChannels,
    "zero": Zero,
}
