"""Writes the files the C++ side reads, and reads them back; README.md describes the formats."""

import copy
import math
import struct
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from classifier import Classifier
from heads import Heads, noise_moments
from noising import accuracy_by_label
from noisy_classifier import NoisyClassifier
from unet import CLASSES, LABELS, Attention, UNet, alpha_bar_table

FILES = {UNet: "fashion", Heads: "variance", Classifier: "classifier",
         NoisyClassifier: "noisy_classifier"}
MAGICS = {UNet: b"FASHUNET", Heads: b"FASHHEAD", Classifier: b"FASHCLAS",
          NoisyClassifier: b"FASHNOIS"}
VERSION = 1
PARITY_MAGIC, PARITY_VERSION = b"FASHPAIR", 2
NOISY_MAGIC = b"NOISPAIR"


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


def write_weights(net: nn.Module, path: Path) -> None:
    state = net.state_dict()
    raw = bytearray(MAGICS[type(net)])
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


def read_weights(net: nn.Module, path: Path) -> None:
    """Fills net, whose numbers must be those of the file; SystemExit if they are not."""
    raw = path.read_bytes()

    def require(right: bool, what: str) -> None:
        if not right:
            raise SystemExit(f"{path} {what}")

    at = len(MAGICS[type(net)])
    require(raw[:at] == MAGICS[type(net)], "holds another network")
    head = struct.unpack_from(f"<{len(net.numbers) + 2}I", raw, at)
    state = net.state_dict()
    require(head == (VERSION, *net.numbers.values(), len(state)), "has another shape")
    at += 4 * len(head)
    for name, value in state.items():
        (length,) = struct.unpack_from("<I", raw, at)
        require(raw[at + 4 : at + 4 + length] == name.encode("ascii"), f"lacks {name}")
        at += 4 + length
        (count,) = struct.unpack_from("<I", raw, at)
        at += 4 + 4 * count
        # where each stored number belongs, by the very function that arranged them
        places = torch.arange(value.numel()).reshape(value.shape)
        places = arranged(name, places, net.numbers["fine"]).flatten()
        stored = np.frombuffer(raw, "<f2", value.numel(), at).astype(np.float32)
        value.view(-1)[places] = torch.from_numpy(stored)
        at += 2 * value.numel()
    require(at == len(raw), "is longer than its contents")


class Portable(nn.Module):
    """The network in operations that every inference engine has, in single precision; its weights
    are stored in half precision, as in the .weights file. Nothing depends on the batch."""

    def __init__(self, net: UNet):
        super().__init__()
        net = copy.deepcopy(net)
        self.net = [net]  # in a list, so that it is no part of this module
        self.places = []
        for i, (name, value) in enumerate(list(net.named_parameters())):
            owner, _, attribute = name.rpartition(".")
            module = net.get_submodule(owner)
            del module._parameters[attribute]
            self.places.append((f"weight{i}", module, attribute))
            self.register_buffer(f"weight{i}", value.detach().half().contiguous())
        self.register_buffer("log_alpha_bar", alpha_bar_table().log().float()[:, None])

    @staticmethod
    def hats(at: torch.Tensor, count: int) -> torch.Tensor:
        """n x count: how much each whole number counts in a linear interpolation."""
        return functional.relu(1 - (at[:, None] - torch.arange(count).float()).abs())

    @staticmethod
    def attend(layer: Attention, x: torch.Tensor) -> torch.Tensor:
        channels, side = x.shape[1], x.shape[2]
        width = channels // layer.heads
        qkv = layer.qkv(layer.norm(x)).reshape(-1, 3, layer.heads, width, side * side)
        q, k, v = qkv[:, 0], qkv[:, 1], qkv[:, 2]
        weights = ((q.transpose(2, 3) @ k) / math.sqrt(width)).softmax(3)
        mixed = (v @ weights.transpose(2, 3)).reshape(-1, channels, side, side)
        return x + layer.projection(mixed)

    def forward(self, x: torch.Tensor, t: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        net = self.net[0]
        for name, module, attribute in self.places:
            module.__dict__[attribute] = getattr(self, name).float()
        log_a2 = self.hats(t.clamp(0, LABELS - 1), LABELS) @ self.log_alpha_bar
        # 1 - exp(log_a2) without loss of digits where that is small
        half = torch.tanh(0.5 * log_a2)
        a = (0.5 * log_a2).exp()[:, :, None, None]
        s = (-2 * half / (1 - half)).sqrt()[:, :, None, None]
        count = net.numbers["frequencies"]
        rates = torch.exp(-math.log(10000.0) * torch.arange(count, dtype=torch.float64) / count)
        angles = t[:, None] * rates.float()
        waves = torch.cat([angles.cos(), angles.sin()], 1)
        label = self.hats(classes.float(), CLASSES) @ net.label.weight
        embedding = functional.silu(net.time2(functional.silu(net.time1(waves))) + label)
        velocity = net.velocity(x, embedding)
        return a * velocity + s * x


def write_engine_files(net: UNet, folder: Path) -> None:
    """The network for inference engines: fashion.onnx and fashion.pt, a TorchScript of the same."""
    portable = Portable(net).eval()
    example = (torch.zeros(2, 1, 28, 28), torch.zeros(2), torch.zeros(2, dtype=torch.int64))
    forward, Attention.forward = Attention.forward, Portable.attend
    try:
        with warnings.catch_warnings():  # of sizes that are fixed, as they may be
            warnings.simplefilter("ignore")
            traced = torch.jit.trace(portable, example)
            torch.onnx.export(
                portable, example, folder / "fashion.onnx", opset_version=17, dynamo=False,
                do_constant_folding=False, input_names=["x", "t", "classes"],
                output_names=["noise"],
                dynamic_axes={name: {0: "n"} for name in ("x", "t", "classes", "noise")})
    finally:
        Attention.forward = forward
    traced.save(str(folder / "fashion.pt"))
    for name in ("fashion.onnx", "fashion.pt"):
        print(f"{folder / name}: {(folder / name).stat().st_size} bytes")


def as_floats(values: torch.Tensor) -> bytes:
    return values.contiguous().numpy().astype("<f4").tobytes()


def with_noise_of(clean: torch.Tensor, t: float, draw: torch.Generator) -> torch.Tensor:
    a2 = alpha_bar_table()[min(round(t), LABELS - 1)].item()
    return a2**0.5 * clean + (1 - a2) ** 0.5 * torch.randn(clean.shape, generator=draw)


@torch.no_grad()
def write_parity(pictures: torch.Tensor, folder: Path) -> None:
    """Inputs and outputs in float32 of the networks whose weights lie in the folder."""
    net, classifier = UNet().eval(), Classifier().eval()
    heads = Heads(net.numbers["fine"], net.numbers["embedding"]).eval()
    for each in (net, heads, classifier):
        read_weights(each, folder / f"{FILES[type(each)]}.weights")
    draw = torch.Generator().manual_seed(2)
    cases = [(0.0, (9, 3, 10)), (250.5, (1, 10, 8)), (999.0, (5, 10, 0))]
    raw = bytearray(PARITY_MAGIC)
    raw += struct.pack("<II", PARITY_VERSION, len(cases))
    for i, (t, labels) in enumerate(cases):
        x = with_noise_of(pictures[3 * i : 3 * i + len(labels)], t, draw)
        at = torch.full((len(x),), t, dtype=torch.float64)
        raw += struct.pack(f"<dI{len(labels)}i", t, len(labels), *labels)
        raw += as_floats(x) + b"".join(
            as_floats(out) for out in noise_moments(net, heads, x, at, torch.tensor(labels)))
    measured = pictures[9:15]
    raw += struct.pack("<I", len(measured))
    raw += as_floats(measured) + as_floats(classifier.features(measured))
    path = folder / "parity.bin"
    path.write_bytes(raw)
    print(f"{path}: {len(raw)} bytes")


@torch.no_grad()
def write_noisy(pictures: torch.Tensor, classes: torch.Tensor, folder: Path) -> None:
    """What the classifier of noisy pictures says of some, its gradients, and how often it is right
    on all of them."""
    net = NoisyClassifier().eval()
    read_weights(net, folder / f"{FILES[NoisyClassifier]}.weights")
    draw = torch.Generator().manual_seed(3)
    cases = [(0.0, (9, 3)), (250.5, (1, 8)), (600.0, (7, 0)), (999.0, (5, 2))]
    raw = bytearray(NOISY_MAGIC)
    raw += struct.pack("<II", 1, len(cases))
    for i, (t, wanted) in enumerate(cases):
        x = with_noise_of(pictures[2 * i : 2 * i + 2], t, draw)
        at, wanted = torch.full((2,), t, dtype=torch.float64), torch.tensor(wanted)
        raw += struct.pack("<dI2i", t, 2, *wanted)
        raw += as_floats(x) + as_floats(net(x, at).log_softmax(1))
        raw += as_floats(net.gradient(x, at, wanted))
    path = folder / "noisy_parity.bin"
    path.write_bytes(raw)
    print(f"{path}: {len(raw)} bytes")

    labels = range(0, LABELS, 111)
    rows = zip(labels, accuracy_by_label(net, pictures, classes, labels))
    path = folder / "noisy_accuracy.txt"
    path.write_text("".join(f"{label} {share:.4f}\n" for label, share in rows))
    print(f"{path}:\n{path.read_text()}")
