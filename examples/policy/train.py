#!/usr/bin/env python3
"""Trains the network of the policy on the planner's demonstrations.

It writes policy.weights, policy.onnx with the same numbers, and parity.bin, by which parity.cpp
checks the network in C++. The schedule is that of Chi et al. (2023), the squared cosine in 100
steps. It predicts v = alpha noise - sigma plan, which says more of a plan in much noise than the
noise that they predict. Ten minutes on
one core; --resume goes on from the checkpoint, which it writes each minute.

    python3 -m venv venv && venv/bin/pip install torch==2.15.0 numpy==2.4.6 onnx==1.20.0
    venv/bin/python train.py [--steps N] [--resume]

policy.weights: the number of matrices, then of each its rows and columns and its values, the rows
fastest. Integers are of 32 bits, values of 16 (half precision), little endian. The last column of
a matrix is what is added.
"""

import argparse
import math
import struct
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from planner import ACTIONS, demonstrations

HERE = Path(__file__).parent
PLAN, SEEN, WAVES, WIDTH, LABELS = 2 * ACTIONS, 6, 16, 224, 100
SCALES = [2.0, 4.0, 2.5, 2.5, 10.0, 5.0]


class Network(nn.Module):
    """The same lines as in network.hpp."""

    def __init__(self) -> None:
        super().__init__()
        sizes = [PLAN + SEEN + WAVES] + 4 * [WIDTH] + [PLAN]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))

    def forward(self, x: torch.Tensor, seen: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        seen = seen * torch.tensor(SCALES)  # to a deviation of about 1
        waves = torch.cos(t[:, None] * (math.pi / LABELS) * torch.arange(WAVES, dtype=torch.float32))
        h = self.layers[0](torch.cat((x, seen, waves), dim=1))
        for layer in self.layers[1:-1]:
            h = h + layer(nn.functional.silu(h))
        return self.layers[-1](nn.functional.silu(h))


def alpha_bars() -> torch.Tensor:
    """Nichol & Dhariwal (2021), eq. 17, with beta at most 0.999."""
    at = lambda u: math.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2  # noqa: E731
    betas = [min(1 - at((i + 1) / LABELS) / at(i / LABELS), 0.999) for i in range(LABELS)]
    return torch.tensor(np.cumprod(1 - np.array(betas)), dtype=torch.float32)


def folded(net: Network) -> Network:
    """The same network, whose first layer takes what is observed as it is."""
    same = Network()
    same.load_state_dict(net.state_dict())
    with torch.no_grad():
        same.layers[0].weight[:, PLAN : PLAN + SEEN] *= torch.tensor(SCALES)
    return same


def write_weights(net: Network, file: Path) -> None:
    raw = bytearray(struct.pack("<i", len(net.layers)))
    for layer in net.layers:
        matrix = torch.cat((layer.weight, layer.bias[:, None]), dim=1).detach().numpy()
        raw += struct.pack("<2i", *matrix.shape) + matrix.astype("<f2").tobytes(order="F")
    file.write_bytes(raw)
    print(f"{file}: {len(raw)} bytes")


def write_onnx(net: Network, file: Path) -> None:
    """Inputs x [n, 64], seen [n, 6] and t [n], output v [n, 64]; weights of half precision."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes, held = [], []

    def constant(name: str, value: np.ndarray) -> str:
        held.append(numpy_helper.from_array(value, name))
        return name

    def node(kind: str, out: str, *inputs: str, **more: object) -> str:
        nodes.append(helper.make_node(kind, list(inputs), [out], **more))
        return out

    def linear(i: int, out: str, h: str) -> str:
        layer = net.layers[i]
        for part, value in (("w", layer.weight), ("b", layer.bias)):
            node("Cast", f"{part}{i}", constant(f"{part}{i}.half", value.detach().numpy().astype(np.float16)), to=1)
        return node("Gemm", out, h, f"w{i}", f"b{i}", transB=1)

    def silu(h: str) -> str:
        return node("Mul", h + ".silu", h, node("Sigmoid", h + ".gate", h))

    rates = np.arange(WAVES, dtype=np.float32)[None] * np.float32(math.pi / LABELS)
    column = node("Unsqueeze", "t.column", "t", constant("one", np.array([1], np.int64)))
    waves = node("Cos", "waves", node("Mul", "angles", column, constant("rates", rates)))
    h = linear(0, "h0", node("Concat", "all", "x", "seen", waves, axis=1))
    for i in range(1, len(net.layers) - 1):
        h = node("Add", f"h{i}", h, linear(i, f"change{i}", silu(h)))
    linear(len(net.layers) - 1, "v", silu(h))

    def port(name: str, *sizes: object) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *sizes])

    graph = helper.make_graph(nodes, "policy", [port("x", PLAN), port("seen", SEEN), port("t")], [port("v", PLAN)], held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, file)
    print(f"{file}: {file.stat().st_size} bytes")


def write_parity(net: Network, seen: torch.Tensor, plans: torch.Tensor, file: Path) -> None:
    """How many, then for each a noisy plan, what was observed, the label, and what is predicted."""
    generator = torch.Generator().manual_seed(2)
    i = torch.randint(len(seen), (16,), generator=generator)
    t = torch.linspace(0, LABELS - 1, 16).round()
    x = plans[i] + torch.randn(16, PLAN, generator=generator) * (t / LABELS)[:, None]
    rounded = Network()
    rounded.load_state_dict({k: v.half().float() for k, v in net.state_dict().items()})
    with torch.no_grad():
        said = rounded(x, seen[i] / torch.tensor(SCALES), t)  # the scales are in the first layer
        rows = torch.cat((x, seen[i], t[:, None], said), dim=1)
    file.write_bytes(struct.pack("<i", len(rows)) + rows.numpy().astype("<f4").tobytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=30000)
    parser.add_argument("--resume", action="store_true", help="go on from policy.checkpoint")
    parser.add_argument("--write", action="store_true", help="train no more: write the files")
    o = parser.parse_args()
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    seen, plans = (torch.from_numpy(a) for a in demonstrations(24000, rng))
    print(f"{len(seen)} plans; deviation {plans.std():.3f}, {100 * (plans.abs() >= 1).float().mean():.2f} % at the bounds")
    net, kept = Network(), Network()
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-4)
    kept.load_state_dict(net.state_dict())
    begin, checkpoint = 0, HERE / "policy.checkpoint"
    if o.resume or o.write:
        state = torch.load(checkpoint)
        net.load_state_dict(state["net"]), kept.load_state_dict(state["kept"])
        optimiser.load_state_dict(state["optimiser"])
        begin = state["step"]
    bars, batch, last, mean = alpha_bars(), 768, time.time(), 1.0
    for step in range(begin, begin if o.write else o.steps):
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * min(1, step / 500) * (0.5 + 0.5 * math.cos(math.pi * step / o.steps)) + 1e-6
        i, t = torch.randint(len(seen), (batch,)), torch.randint(LABELS, (batch,))
        noise, bar = torch.randn(batch, PLAN), bars[t][:, None]
        x = bar.sqrt() * plans[i] + (1 - bar).sqrt() * noise
        v = bar.sqrt() * noise - (1 - bar).sqrt() * plans[i]
        loss = (net(x, seen[i], t.float()) - v).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        mean += 0.002 * (loss.item() - mean)
        with torch.no_grad():
            for a, b in zip(kept.parameters(), net.parameters()):
                a.lerp_(b, 0.001 if step > 2000 else 0.05)
        if time.time() - last > 60 or step + 1 == o.steps:
            last = time.time()
            print(f"step {step + 1}: loss {mean:.4f}", flush=True)
            torch.save({"net": net.state_dict(), "kept": kept.state_dict(), "optimiser": optimiser.state_dict(), "step": step + 1}, checkpoint)
    kept = folded(kept)
    write_weights(kept, HERE / "policy.weights")
    write_onnx(kept, HERE / "policy.onnx")
    write_parity(kept, seen, plans, HERE / "parity.bin")


if __name__ == "__main__":
    main()
