"""Writes the two files the C++ side reads; README.md describes both formats."""

import copy
import struct
from pathlib import Path

import torch

from unet import LABELS, UNet, alpha_bar_table

MAGIC, VERSION = b"FASHUNET", 1
PARITY_MAGIC = b"FASHPAIR"


def arranged(name: str, value: torch.Tensor, fine: int) -> torch.Tensor:
    """The tensor with the output channel fastest, as a column-major matrix outputs x inputs."""
    if name == "fold.weight":  # 2 x 2 pixels -> channels: the channel inside the pixel
        return value.reshape(-1, fine, 2, 2).permute(2, 3, 1, 0).flatten(0, 2)
    if name == "unfold.weight":
        return value.reshape(fine, 2, 2, -1).permute(3, 1, 2, 0).flatten(1)
    if name == "unfold.bias":
        return value.reshape(fine, 2, 2).permute(1, 2, 0).flatten()
    if value.ndim == 4:
        value = value.permute(2, 3, 1, 0)
        return value[0, 0] if value.shape[:2] == (1, 1) else value
    if value.ndim == 2 and not name.startswith("label"):
        return value.T
    return value


def write_weights(net: UNet, path: Path) -> None:
    state = net.state_dict()
    raw = bytearray(MAGIC)
    raw += struct.pack("<I", VERSION)
    raw += struct.pack(f"<{len(net.numbers)}I", *net.numbers.values())
    raw += struct.pack("<I", len(state))
    for name, value in state.items():
        value = arranged(name, value, net.numbers["fine"]).contiguous()
        raw += struct.pack("<I", len(name)) + name.encode("ascii")
        raw += struct.pack(f"<I{value.ndim}I", value.ndim, *value.shape)
        raw += value.numpy().astype("<f2").tobytes()
    path.write_bytes(raw)
    print(f"{path}: {len(state)} tensors, {len(raw)} bytes")


@torch.no_grad()
def write_parity(net: UNet, pictures: torch.Tensor, classes: torch.Tensor, path: Path) -> None:
    """Inputs and outputs of the network with the weights rounded as in the file, in float32."""
    net = copy.deepcopy(net)
    for parameter in net.parameters():
        parameter.copy_(parameter.half().float())
    draw = torch.Generator().manual_seed(2)
    table = alpha_bar_table()
    cases = [(0.0, (9, 3, 10)), (250.5, (1, 10, 8)), (999.0, (5, 10, 0))]
    raw = bytearray(PARITY_MAGIC)
    raw += struct.pack("<II", VERSION, len(cases))
    for i, (t, labels) in enumerate(cases):
        clean = pictures[3 * i : 3 * i + len(labels)]
        a2 = table[min(round(t), LABELS - 1)].item()
        noise = torch.randn(clean.shape, generator=draw)
        x = a2**0.5 * clean + (1 - a2) ** 0.5 * noise
        out = net(x, torch.full((len(x),), t, dtype=torch.float64), torch.tensor(labels))
        raw += struct.pack(f"<dI{len(labels)}i", t, len(labels), *labels)
        raw += x.contiguous().numpy().astype("<f4").tobytes()
        raw += out.contiguous().numpy().astype("<f4").tobytes()
    path.write_bytes(raw)
    print(f"{path}: {len(raw)} bytes")
