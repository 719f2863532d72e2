#!/usr/bin/env python3
"""How many bits a pixel simple models need for the 10,000 test pictures at 8 grey levels: counts of
the 60,000 training pictures given more and more of what is known, each smoothed by the one before.
Pixels above and to the left are known."""

from pathlib import Path

import numpy as np
import torch

from process import LEVELS
from train import read_levels

SIDE = 28
DATA = Path("/usr/share/datasets/fashion-mnist")


def neighbour(x: np.ndarray, down: int, right: int) -> np.ndarray:
    """The level of the pixel so far away; 0 beyond the edge."""
    padded = np.pad(x, ((0, 0), (2, 2), (2, 2)))
    return padded[:, 2 + down : 2 + down + SIDE, 2 + right : 2 + right + SIDE]


def context(x: np.ndarray, classes: np.ndarray, what: str) -> np.ndarray:
    """What is known of each pixel, as one number: so many neighbours, and what else is named."""
    near = [(0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0)]
    number = np.zeros(x.shape, dtype=np.int64)
    for down, right in near[: int(what[0])]:
        number = number * LEVELS + neighbour(x, down, right)
    if "class" in what:
        number = number * 10 + classes[:, None, None]
    row, column = np.indices((SIDE, SIDE))
    if "place" in what:
        number = number * SIDE**2 + row * SIDE + column
    if "part" in what:  # 4 x 4 pixels
        number = number * 49 + row // 4 * 7 + column // 4
    return number


def bits(train: tuple, test: tuple, models: list[str], strength: float = 4.0) -> float:
    p = np.full((test[0].size, LEVELS), 1 / LEVELS)
    for what in models:
        known, asked = context(*train, what).ravel(), context(*test, what).ravel()
        size = max(known.max(), asked.max()) + 1
        counts = np.bincount(known * LEVELS + train[0].ravel(), minlength=size * LEVELS)
        seen = counts.reshape(size, LEVELS)[asked]
        p = (seen + strength * p) / (seen.sum(1, keepdims=True) + strength)
    return -np.log2(p[np.arange(len(p)), test[0].ravel()]).mean()


def main() -> None:
    train, test = (tuple(map(torch.Tensor.numpy, read_levels(DATA, name)))
                   for name in ("train", "t10k"))
    for models in (["0 place", "0 place class"], ["2"], ["2", "4"], ["2", "4", "6"],
                   ["2", "4", "4 class", "4 class part"]):
        print(f"{models[-1]:14} {bits(train, test, models):.3f} bits a pixel", flush=True)


if __name__ == "__main__":
    main()
