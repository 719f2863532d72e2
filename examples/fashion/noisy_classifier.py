"""A small classifier of noisy clothes, whose gradient guides a network that knows no classes.

Its residual blocks are the network's: the label t scales and shifts between the convolutions.
"""

import torch
from torch import nn
from torch.nn import functional

from unet import GROUPS, Block, waves


class NoisyClassifier(nn.Module):
    def __init__(self, fine=24, coarse=48, embedding=64, frequencies=32, dropout=0.2):
        super().__init__()
        self.numbers = dict(fine=fine, coarse=coarse, embedding=embedding, frequencies=frequencies)
        self.dropout = dropout
        self.time1 = nn.Linear(2 * frequencies, embedding)
        self.time2 = nn.Linear(embedding, embedding)
        self.enter = nn.Conv2d(4, fine, 3, padding=1)
        self.fine = Block(fine, embedding)
        self.fold = nn.Conv2d(4 * fine, coarse, 1)
        self.coarse0 = Block(coarse, embedding)
        self.coarse1 = Block(coarse, embedding)
        self.norm = nn.GroupNorm(GROUPS, coarse)
        self.leave = nn.Linear(coarse, 10)

    def forward(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """The logits of the ten classes, of noisy pictures (n x 1 x 28 x 28) at labels t."""
        hidden = functional.silu(self.time1(waves(t, self.numbers["frequencies"])))
        embedding = functional.silu(self.time2(hidden))
        h = self.fine(self.enter(functional.pixel_unshuffle(x, 2)), embedding)
        h = self.fold(functional.pixel_unshuffle(h, 2))
        h = self.coarse1(self.coarse0(h, embedding), embedding)
        h = functional.silu(self.norm(h)).mean((2, 3))
        return self.leave(functional.dropout(h, self.dropout, self.training))

    def gradient(self, x: torch.Tensor, t: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        """The gradient by x of log p(class | x)."""
        x = x.detach().requires_grad_(True)
        with torch.enable_grad():
            right = functional.log_softmax(self(x, t), 1).gather(1, classes[:, None])
            (result,) = torch.autograd.grad(right.sum(), x)
        return result
