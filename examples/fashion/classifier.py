"""A small classifier of clothes. What it computes before its last layer measures pictures."""

import torch
from torch import nn
from torch.nn import functional

from unet import GROUPS


class Residual(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.norm1 = nn.GroupNorm(GROUPS, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = nn.GroupNorm(GROUPS, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.conv1(functional.silu(self.norm1(x)))
        return x + self.conv2(functional.silu(self.norm2(h)))


class Classifier(nn.Module):
    def __init__(self, fine=32, coarse=64, dropout=0.3):
        super().__init__()
        self.numbers = dict(fine=fine, coarse=coarse)
        self.dropout = dropout
        self.enter = nn.Conv2d(4, fine, 3, padding=1)
        self.fine = Residual(fine)
        self.fold = nn.Conv2d(4 * fine, coarse, 1)
        self.coarse0 = Residual(coarse)
        self.coarse1 = Residual(coarse)
        self.norm = nn.GroupNorm(GROUPS, coarse)
        self.leave = nn.Linear(coarse, 10)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """n x coarse: the means over the picture of the last values."""
        h = self.fine(self.enter(functional.pixel_unshuffle(x, 2)))
        h = self.fold(functional.pixel_unshuffle(h, 2))
        h = self.coarse1(self.coarse0(h))
        return functional.silu(self.norm(h)).mean((2, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.leave(functional.dropout(self.features(x), self.dropout, self.training))
