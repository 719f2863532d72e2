"""Two heads on the network of the example: what is left of the noise once its mean is known.

With v = a * noise - s * picture and the network's prediction V of it, the heads predict
E[(v - V)^2 | x] (`residual`) and E[v^2 | x] (`square`) of each pixel. As noise = a * v + s * x, both
give the moments of the noise that Extended-Analytic-DPM (Bao et al. 2022) needs, in coordinates
in which the network is accurate at every label.
"""

import torch
from torch import nn
from torch.nn import functional

from unet import GROUPS, Block, UNet


class Head(nn.Module):
    """Reads the values that the network computes before its last convolution."""

    def __init__(self, channels: int, embedding: int):
        super().__init__()
        self.block = Block(channels, embedding)
        self.norm = nn.GroupNorm(GROUPS, channels)
        self.leave = nn.Conv2d(channels, 4, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, h: torch.Tensor, embedding: torch.Tensor) -> torch.Tensor:
        h = self.leave(functional.silu(self.norm(self.block(h, embedding))))
        return functional.softplus(functional.pixel_shuffle(h, 2))


class Heads(nn.Module):
    def __init__(self, fine: int, embedding: int):
        super().__init__()
        self.numbers = dict(fine=fine, embedding=embedding)
        self.residual = Head(fine, embedding)
        self.square = Head(fine, embedding)

    def forward(
        self, h: torch.Tensor, embedding: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return self.residual(h, embedding), self.square(h, embedding)


def noise_moments(
    net: UNet, heads: Heads, x: torch.Tensor, t: torch.Tensor, classes: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The noise's mean E, E[(noise - E)^2 | x] and E[noise^2 | x]."""
    a, s = net.signal_and_noise(t)
    embedding = net.embed(t, classes)
    h = net.body(x, embedding)
    v = net.read_out(h)
    residual, square = heads(h, embedding)
    return a * v + s * x, a * a * residual, a * a * square + 2 * a * s * x * v + s * s * x * x
