"""The network of the example: a small class-conditional U-Net on 28 x 28 pictures.

The pictures are folded 2 x 2 -> channels, so the network works on 14 x 14 and 7 x 7 grids only.
Inside it predicts the velocity v = a * noise - s * picture (a^2 = alpha_bar, s^2 = 1 - alpha_bar),
which is well conditioned at every noise level; forward() turns it into the noise, a * v + s * x.
"""

import math

import torch
from torch import nn
from torch.nn import functional

LABELS = 1000
CLASSES = 11  # ten kinds of clothes, and 10 = no label
GROUPS = 8


def alpha_bar_table() -> torch.Tensor:
    """alpha_bar[t] of the linear schedule, t = 0..999, in double precision."""
    beta = torch.linspace(1e-4, 0.02, LABELS, dtype=torch.float64)
    return torch.cumprod(1 - beta, 0)


def log_alpha_bar(t: torch.Tensor) -> torch.Tensor:
    """log alpha_bar at labels that may be fractional: linear between the entries of the table."""
    table = alpha_bar_table().log()
    t = t.double().clamp(0, LABELS - 1)
    low = t.floor().clamp(max=LABELS - 2)
    below = table[low.long()]
    return below + (t - low) * (table[low.long() + 1] - below)


def waves(t: torch.Tensor, count: int) -> torch.Tensor:
    """The sinusoids of labels t, n x (2 count)."""
    rates = torch.exp(-math.log(10000.0) * torch.arange(count, dtype=torch.float64) / count)
    angles = t.double()[:, None] * rates
    return torch.cat([angles.cos(), angles.sin()], 1).float()


class Block(nn.Module):
    """Residual block; the embedding scales and shifts the second normalisation."""

    def __init__(self, channels: int, embedding: int):
        super().__init__()
        self.norm1 = nn.GroupNorm(GROUPS, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.modulation = nn.Linear(embedding, 2 * channels)
        self.norm2 = nn.GroupNorm(GROUPS, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x: torch.Tensor, embedding: torch.Tensor) -> torch.Tensor:
        h = self.conv1(functional.silu(self.norm1(x)))
        scale, shift = self.modulation(embedding)[:, :, None, None].chunk(2, 1)
        h = functional.silu(self.norm2(h) * (1 + scale) + shift)
        return x + self.conv2(h)


class Attention(nn.Module):
    """Self-attention between the positions of the coarse grid."""

    def __init__(self, channels: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(GROUPS, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.projection = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.projection.weight)
        nn.init.zeros_(self.projection.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, c, height, width = x.shape
        tokens = self.qkv(self.norm(x)).flatten(2).transpose(1, 2)  # n, positions, 3c
        tokens = tokens.reshape(n, height * width, 3, self.heads, c // self.heads)
        q, k, v = tokens.permute(2, 0, 3, 1, 4)
        # float32: the half-width kernel is much slower backwards on processors
        with torch.autocast(x.device.type, enabled=False):
            mixed = functional.scaled_dot_product_attention(q.float(), k.float(), v.float())
        mixed = mixed.to(x.dtype)
        mixed = mixed.transpose(1, 2).reshape(n, height, width, c).permute(0, 3, 1, 2)
        return x + self.projection(mixed)


class UNet(nn.Module):
    def __init__(self, fine=48, coarse=112, embedding=192, frequencies=32, heads=4,
                 down_blocks=1, middle_blocks=3, up_blocks=2, attentions=1):
        super().__init__()
        self.numbers = dict(fine=fine, coarse=coarse, embedding=embedding, frequencies=frequencies,
                            heads=heads, down_blocks=down_blocks, middle_blocks=middle_blocks,
                            up_blocks=up_blocks, attentions=attentions)
        self.time1 = nn.Linear(2 * frequencies, embedding)
        self.time2 = nn.Linear(embedding, embedding)
        self.label = nn.Embedding(CLASSES, embedding)
        self.enter = nn.Conv2d(4, fine, 3, padding=1)
        self.down = nn.ModuleList(Block(fine, embedding) for _ in range(down_blocks))
        self.fold = nn.Conv2d(4 * fine, coarse, 1)
        self.middle = nn.ModuleList(Block(coarse, embedding) for _ in range(middle_blocks))
        self.attention = nn.ModuleList(Attention(coarse, heads) for _ in range(attentions))
        self.unfold = nn.Conv2d(coarse, 4 * fine, 1)
        self.merge = nn.Conv2d(2 * fine, fine, 1)
        self.up = nn.ModuleList(Block(fine, embedding) for _ in range(up_blocks))
        self.norm = nn.GroupNorm(GROUPS, fine)
        self.leave = nn.Conv2d(fine, 4, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def embed(self, t: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        known = waves(t, self.numbers["frequencies"])
        hidden = self.time2(functional.silu(self.time1(known)))
        return functional.silu(hidden + self.label(classes))

    def body(self, x: torch.Tensor, embedding: torch.Tensor) -> torch.Tensor:
        """The values at 14 x 14 from which the velocity is read."""
        h = functional.pixel_unshuffle(x, 2).contiguous(memory_format=torch.channels_last)
        h = self.enter(h)
        for block in self.down:
            h = block(h, embedding)
        skip = h
        h = self.fold(functional.pixel_unshuffle(h, 2))
        for i, block in enumerate(self.middle):
            h = block(h, embedding)
            if i < len(self.attention):
                h = self.attention[i](h)
        h = functional.pixel_shuffle(self.unfold(h), 2)
        h = self.merge(torch.cat([h, skip], 1))
        for block in self.up:
            h = block(h, embedding)
        return h

    def read_out(self, h: torch.Tensor) -> torch.Tensor:
        return functional.pixel_shuffle(self.leave(functional.silu(self.norm(h))), 2)

    def velocity(self, x: torch.Tensor, embedding: torch.Tensor) -> torch.Tensor:
        return self.read_out(self.body(x, embedding))

    @staticmethod
    def signal_and_noise(t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """a = sqrt(alpha_bar) and s = sqrt(1 - alpha_bar) at labels t, n x 1 x 1 x 1."""
        log_a2 = log_alpha_bar(t)
        a = (0.5 * log_a2).exp().float()[:, None, None, None]
        return a, (-torch.expm1(log_a2)).sqrt().float()[:, None, None, None]

    def forward(self, x: torch.Tensor, t: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        """The noise in x (n x 1 x 28 x 28) at labels t for the classes."""
        a, s = self.signal_and_noise(t)
        return a * self.velocity(x, self.embed(t, classes)).float() + s * x
