"""The network of the example: the U-Net of examples/fashion on embedded grey levels."""

import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parent.parent / "fashion"))

from process import LEVELS  # noqa: E402
from unet import UNet  # noqa: E402

WIDTH = 4  # numbers that stand for a level


class GreyNet(UNet):
    def __init__(self, fine=40, coarse=80, embedding=96, frequencies=32, heads=4, down_blocks=1,
                 middle_blocks=2, up_blocks=2, attentions=1):
        super().__init__(fine, coarse, embedding, frequencies, heads, down_blocks, middle_blocks,
                         up_blocks, attentions)
        self.enter = nn.Conv2d(4 * WIDTH, fine, 3, padding=1)
        self.leave = nn.Conv2d(fine, 4 * LEVELS, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)
        self.levels = nn.Embedding(LEVELS, WIDTH)
        with torch.no_grad():
            even = torch.linspace(-1.5, 1.5, LEVELS)
            self.levels.weight[:, 0] = even

    def left_out(self, x: torch.Tensor, embedding: torch.Tensor) -> torch.Tensor:
        """Logits of p(x_0 | x_t without the position), n x 28 x 28 x LEVELS."""
        h = self.levels(x).permute(0, 3, 1, 2)
        return self.velocity(h, embedding).permute(0, 2, 3, 1)

    def forward(self, x: torch.Tensor, t: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        return self.left_out(x, self.embed(t, classes)).float()
