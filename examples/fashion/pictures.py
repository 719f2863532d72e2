"""The pictures of Fashion-MNIST."""

import gzip
from pathlib import Path

import numpy as np
import torch


def read_idx(path: Path) -> torch.Tensor:
    """The array in a gzipped IDX file of bytes."""
    raw = gzip.decompress(path.read_bytes())
    shape = np.frombuffer(raw, ">i4", raw[3], offset=4)
    values = np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3])
    return torch.from_numpy(values.reshape(shape).copy())


def read_set(folder: Path, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures scaled to [-1, 1], n x 1 x 28 x 28, and their classes; name is train or t10k."""
    pictures = read_idx(folder / f"{name}-images-idx3-ubyte.gz")
    classes = read_idx(folder / f"{name}-labels-idx1-ubyte.gz")
    return pictures[:, None].float() / 127.5 - 1, classes.long()
