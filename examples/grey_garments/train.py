#!/usr/bin/env python3
"""Trains the network of the example on Fashion-MNIST at 8 grey levels and writes the files the C++
side reads.

    train.py train       trains the network; goes on from its last checkpoint if there is one
    train.py export      writes grey.weights and parity.bin from the checkpoint
    train.py evaluate    the bound of the stored weights on the 10,000 test pictures
    train.py sample      draws pictures and writes them as a PNG grid
"""

import argparse
import struct
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from network import GreyNet
from process import LEVELS, STEPS, Process, products, step_matrices

import export  # of the fashion example, which network.py puts on the path
from pictures import read_idx
from training import fit, load_checkpoint
from unet import CLASSES

NO_LABEL = CLASSES - 1
HERE = Path(__file__).parent
LN2 = 0.6931471805599453
PARITY_MAGIC, PARITY_VERSION = b"GREYPAIR", 1
export.MAGICS[GreyNet] = b"FASHGREY"


def read_levels(folder: Path, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Levels 0 .. 7, n x 28 x 28, and classes; name is train or t10k."""
    pictures = read_idx(folder / f"{name}-images-idx3-ubyte.gz")
    classes = read_idx(folder / f"{name}-labels-idx1-ubyte.gz")
    return (pictures // (256 // LEVELS)).long(), classes.long()


def draw_times(count: int, draw: torch.Generator | None = None) -> torch.Tensor:
    """Even over 1 .. STEPS, spread over the batch."""
    u = (torch.randperm(count, generator=draw) + torch.rand(count, generator=draw)) / count
    return 1 + (STEPS * u).long().clamp(max=STEPS - 1)


@torch.no_grad()
def held_out_bound(net: GreyNet, x0: torch.Tensor, classes: torch.Tensor) -> tuple[float, float]:
    """Bits a pixel in all steps, and the standard error; one time for each picture."""
    process, draw = Process(), torch.Generator().manual_seed(5)
    t, all_ = draw_times(len(x0), draw), []
    for at in torch.arange(len(x0)).split(100):
        x = process.noised(x0[at], t[at], draw)
        nats = STEPS * process.divergence(net(x, t[at], classes[at]), x, x0[at], t[at])
        all_.append((nats + process.prior[x0[at]]).mean((1, 2)) / LN2)
    bits = torch.cat(all_)
    return bits.mean().item(), bits.std().item() / len(bits) ** 0.5


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    test = [each[:1000] for each in read_levels(args.data, "t10k")]
    process, net = Process(), GreyNet().to(memory_format=torch.channels_last)

    def loss_of(logits, likelihood, x, x0, t):
        left_out = logits.float()
        guess = (left_out + likelihood).log_softmax(3)
        return STEPS * process.divergence(left_out, x, x0, t).mean() + args.clean * (
            functional.nll_loss(guess.flatten(0, 2), x0.flatten()))

    left_out = torch.compile(net.left_out) if args.compile else net.left_out
    compiled_loss = torch.compile(loss_of) if args.compile else loss_of

    def loss(x0: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        label = torch.where(torch.rand(len(classes)) < args.dropout, NO_LABEL, classes)
        t = draw_times(len(x0))
        x = process.noised(x0, t)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.half):
            logits = left_out(x, net.embed(t, label))
        return compiled_loss(logits, process.log_likelihood(x, t), x, x0, t)

    fit(net, loss, lambda ema: "{:.4f} +- {:.4f} bits a pixel".format(*held_out_bound(ema, *test)),
        *read_levels(args.data, "train"), args)


def read_network(folder: Path) -> GreyNet:
    net = GreyNet()
    export.read_weights(net, folder / "grey.weights")
    return net.to(memory_format=torch.channels_last).eval().requires_grad_(False)


@torch.no_grad()
def write_files(args: argparse.Namespace) -> None:
    net, _ = load_checkpoint(args.out_checkpoints / "last.pt", GreyNet)
    export.write_weights(net, args.out / "grey.weights")
    net = read_network(args.out)
    x0, _ = read_levels(args.data, "t10k")
    draw, whole = torch.Generator().manual_seed(2), products(step_matrices())
    raw = bytearray(PARITY_MAGIC) + struct.pack("<I", PARITY_VERSION)
    cases = [(1, (9,)), (250, (10,)), (1000, (5,))]
    raw += struct.pack("<I", len(cases))
    for i, (t, labels) in enumerate(cases):
        at = torch.full((len(labels),), t)
        x = Process().noised(x0[i : i + len(labels)], at, draw)
        logits = net(x, at, torch.tensor(labels))
        raw += struct.pack("<d", t) + whole[t].numpy().astype("<f8").tobytes()
        raw += struct.pack(f"<I{len(labels)}i", len(labels), *labels)
        raw += x.to(torch.uint8).numpy().tobytes()
        raw += logits.contiguous().numpy().astype("<f4").tobytes()
    path = args.out / "parity.bin"
    path.write_bytes(raw)
    print(f"{path}: {len(raw)} bytes")


def evaluate(args: argparse.Namespace) -> None:
    bits, error = held_out_bound(read_network(args.out), *read_levels(args.data, "t10k"))
    print(f"test pictures: {bits:.4f} +- {error:.4f} bits a pixel")


@torch.no_grad()
def sample(args: argparse.Namespace) -> None:
    from PIL import Image

    torch.manual_seed(args.seed)
    if args.stored:
        net = read_network(args.out)
    else:
        net, _ = load_checkpoint(args.out_checkpoints / "last.pt", GreyNet)
    process = Process()
    classes = torch.arange(10).repeat_interleave(args.columns)
    x = torch.randint(0, LEVELS, (len(classes), 28, 28))
    times = torch.linspace(STEPS, 0, args.steps + 1).round().long().tolist()
    for t, s in zip(times, times[1:]):
        at = torch.full((len(x),), t)
        law = net(x, at, classes).softmax(3) @ process.whole[s]
        between = torch.eye(LEVELS)
        for q in process.step[s:t]:
            between = between @ q
        law = law * between.T[x]
        law = law.cumsum(3)
        x = (law[..., :-1] < torch.rand(x.shape)[..., None] * law[..., -1:]).sum(3)
    grid = x.reshape(10, args.columns, 28, 28).permute(0, 2, 1, 3).reshape(280, 28 * args.columns)
    picture = Image.fromarray((grid * 255 // (LEVELS - 1)).byte().numpy())
    picture.resize((3 * picture.width, 3 * picture.height), Image.NEAREST).save(args.png)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, act, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text,
                                  formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        sub.set_defaults(act=act)
        sub.add_argument("--threads", type=int, default=2, help="processor threads")
        sub.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"),
                         help="folder of the four IDX files")
        sub.add_argument("--checkpoints", type=Path, default=Path("checkpoints"),
                         dest="out_checkpoints", help="folder of the checkpoint")
        sub.add_argument("--seed", type=int, default=1, help="of weights, noise and order")
        if name != "train":
            sub.add_argument("--out", type=Path, default=HERE, help="folder of the written files")
        return sub

    sub = command("train", train, "train the network")
    sub.add_argument("--epochs", type=int, default=30, help="passes over the pictures")
    sub.add_argument("--minutes", type=float, default=0, help="end by then (0: no limit)")
    sub.add_argument("--batch", type=int, default=64, help="pictures a step")
    sub.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    sub.add_argument("--warmup", type=int, default=200, help="steps of linear warmup")
    sub.add_argument("--decay", type=float, default=0.01, help="weight decay")
    sub.add_argument("--ema", type=float, default=0.998, help="decay of the averaged weights")
    sub.add_argument("--dropout", type=float, default=0.1, help="share of pictures without label")
    sub.add_argument("--clean", type=float, default=1.0, help="weight of the clean levels' loss")
    sub.add_argument("--half", action="store_true", help="bfloat16 arithmetic")
    sub.add_argument("--compile", action="store_true", help="compile the network")
    command("export", write_files, "write the weights and the parity data")
    command("evaluate", evaluate, "the bound on the test pictures")
    sub = command("sample", sample, "draw a grid of pictures")
    sub.add_argument("--png", type=Path, default=Path("samples.png"), help="file to write")
    sub.add_argument("--steps", type=int, default=50, help="sampler steps")
    sub.add_argument("--columns", type=int, default=12, help="pictures of each class")
    sub.add_argument("--stored", action="store_true", help="the exported weights")
    args = parser.parse_args()
    if args.command == "train":
        args.out = args.out_checkpoints
    torch.set_num_threads(args.threads)
    args.act(args)


if __name__ == "__main__":
    main()
