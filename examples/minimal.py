#!/usr/bin/env python3
"""Trains the network of minimal.cpp on Fashion-MNIST and writes minimal.weights.

The pictures are shrunk to 14 x 14. The network is five matrices: what it predicts is the picture
in x = alpha picture + sigma noise, at label t of the linear schedule. Ten minutes on one core.

    python3 -m venv venv && venv/bin/pip install torch==2.15.0 numpy==2.4.6
    venv/bin/python minimal.py [--data FOLDER] [--steps N]

The file: the number of matrices, then of each its rows and columns and its values, the rows fastest.
Integers are of 32 bits, values of 16 bits (half precision), little endian. The last column of a
matrix is what is added.
"""

import argparse
import math
import struct
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

HERE = Path(__file__).parent
sys.path.append(str(HERE / "fashion"))
from pictures import read_set  # noqa: E402

SIDE, WIDTH, WAVES, LABELS = 14, 232, 16, 1000


class Network(nn.Module):
    """The same lines as in minimal.cpp."""

    def __init__(self) -> None:
        super().__init__()
        sizes = [SIDE**2 + WAVES] + 4 * [WIDTH] + [SIDE**2]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))

    def forward(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        waves = torch.cos(t[:, None] * math.pi / LABELS * torch.arange(WAVES))
        h = self.layers[0](torch.cat((x, waves), dim=1))
        for layer in self.layers[1:-1]:
            h = h + layer(nn.functional.silu(h))
        return self.layers[-1](nn.functional.silu(h))


def write_weights(net: Network, file: Path) -> None:
    raw = bytearray(struct.pack("<i", len(net.layers)))
    for layer in net.layers:
        matrix = torch.cat((layer.weight, layer.bias[:, None]), dim=1).detach().numpy()
        raw += struct.pack("<2i", *matrix.shape) + matrix.astype("<f2").tobytes(order="F")
    file.write_bytes(raw)
    print(f"{file}: {len(raw)} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    pictures, _ = read_set(args.data, "train")
    small = nn.functional.avg_pool2d(pictures.reshape(-1, 1, 28, 28), 2).flatten(1)
    alpha_bars = torch.cumprod(1 - torch.linspace(1e-4, 0.02, LABELS, dtype=torch.float64), 0)

    net, averaged = Network(), Network()
    averaged.load_state_dict(net.state_dict())
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, betas=(0.9, 0.99), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, args.steps, pct_start=0.02)
    loss_so_far = None
    for step in range(args.steps):
        clean = small[torch.randint(len(small), (args.batch,))]
        t = torch.randint(LABELS, (args.batch,))
        alpha = alpha_bars[t].sqrt().float()[:, None]
        sigma = (1 - alpha_bars[t]).sqrt().float()[:, None]
        noise = torch.randn_like(clean)
        error = (net(alpha * clean + sigma * noise, t) - clean).square().mean(dim=1, keepdim=True)
        # That of the velocity is 1 / sigma^2 times this one, which only little noise bounds.
        loss = (error / sigma.square().clamp(min=0.05)).mean()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        with torch.no_grad():
            for mean, now in zip(averaged.parameters(), net.parameters()):
                mean.lerp_(now, 0.001 if step > 2000 else 0.05)
        loss_so_far = loss.item() if step == 0 else 0.999 * loss_so_far + 0.001 * loss.item()
        if step % 1000 == 999:
            print(f"step {step + 1}: loss {loss_so_far:.4f}", flush=True)
    write_weights(averaged, HERE / "minimal.weights")


if __name__ == "__main__":
    main()
