"""A network of NAS-Bench-201 written by hand as a module, for comparison with the interpreter of plans."""
from torch import nn


def relu_conv_norm(inputs, outputs, kernel, stride=1):
    conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False)
    return nn.Sequential(nn.ReLU(), conv, nn.BatchNorm2d(outputs))


class Cell(nn.Module):
    """The cell |nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_1x1~1|nor_conv_3x3~2|."""

    def __init__(self, channels):
        super().__init__()
        self.a, self.b, self.c, self.e = (relu_conv_norm(channels, channels, 3) for _ in range(4))
        self.d = relu_conv_norm(channels, channels, 1)

    def forward(self, x):
        one = self.a(x)
        two = self.b(x) + self.c(one)
        return x + self.d(one) + self.e(two)


class Reduction(nn.Module):
    """The residual block between two stages, which halves the image."""

    def __init__(self, channels):
        super().__init__()
        self.block = nn.Sequential(relu_conv_norm(channels, 2 * channels, 3, 2), relu_conv_norm(2 * channels, 2 * channels, 3))
        self.shortcut = nn.Sequential(nn.AvgPool2d(2, 2), nn.Conv2d(channels, 2 * channels, 1, bias=False))

    def forward(self, x):
        return self.shortcut(x) + self.block(x)


def network(channels, cells):
    """Returns the network for CIFAR-10, with this number of cells in each of the three stages."""
    layers = [nn.Conv2d(3, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)]
    for stage in range(3):
        if stage > 0:
            layers.append(Reduction(channels))
            channels *= 2
        layers += [Cell(channels) for _ in range(cells)]
    head = [nn.BatchNorm2d(channels), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10)]
    return nn.Sequential(*layers, *head)
