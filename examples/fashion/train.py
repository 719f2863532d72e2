#!/usr/bin/env python3
"""Trains the network of the example on Fashion-MNIST and writes the files the C++ side reads.

    train.py train     trains (resumes from the last checkpoint if there is one)
    train.py export    writes fashion.weights and parity.bin from a checkpoint
    train.py evaluate  loss on the 10,000 test pictures with fixed noise
    train.py sample    draws pictures with plain DDIM and writes them as a PNG grid
"""

import argparse
import copy
import gzip
import math
import os
import time
from pathlib import Path

import numpy as np
import torch

import export
from unet import CLASSES, LABELS, UNet, alpha_bar_table

NO_LABEL = CLASSES - 1


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


class Schedule:
    def __init__(self):
        alpha_bar = alpha_bar_table()
        self.a = alpha_bar.sqrt().float()
        self.s = (1 - alpha_bar).sqrt().float()

    def at(self, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.a[t][:, None, None, None], self.s[t][:, None, None, None]


def draw_labels(count: int, power: float) -> torch.Tensor:
    """Stratified draw of labels; a power above 1 prefers little noise, where detail is decided."""
    u = (torch.arange(count, dtype=torch.float64) + torch.rand(count, dtype=torch.float64)) / count
    return (LABELS * u**power).long().clamp(max=LABELS - 1)


@torch.no_grad()
def held_out_loss(net: UNet, pictures: torch.Tensor, classes: torch.Tensor) -> tuple[float, float]:
    """Mean squared error of the noise and of the velocity: fixed noise, labels spread evenly."""
    schedule, draw = Schedule(), torch.Generator().manual_seed(1)
    noise = torch.randn(pictures.shape, generator=draw)
    labels = torch.randint(0, LABELS, (len(pictures),), generator=draw)
    noise_sum = velocity_sum = 0.0
    for at in torch.arange(len(pictures)).split(250):
        a, s = schedule.at(labels[at])
        x = a * pictures[at] + s * noise[at]
        embedding = net.embed(labels[at], classes[at])
        error = net.velocity(x, embedding) - (a * noise[at] - s * pictures[at])
        velocity_sum += error.square().mean((1, 2, 3)).sum().item()
        noise_sum += (a * error).square().mean((1, 2, 3)).sum().item()
    return noise_sum / len(pictures), velocity_sum / len(pictures)


def load_checkpoint(path: Path) -> tuple[UNet, dict]:
    state = torch.load(path, weights_only=True)
    net = UNet(**state["numbers"])
    net.load_state_dict(state["ema"])
    return net.to(memory_format=torch.channels_last).eval(), state


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    pictures, classes = read_set(args.data, "train")
    test_pictures, test_classes = read_set(args.data, "t10k")
    schedule = Schedule()
    net = UNet(fine=args.fine, coarse=args.coarse).to(memory_format=torch.channels_last)
    ema = copy.deepcopy(net).eval().requires_grad_(False)
    print(f"parameters {sum(p.numel() for p in net.parameters())}", flush=True)
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.rate, betas=(0.9, 0.99),
                                  weight_decay=args.decay, fused=True)
    steps_an_epoch = len(pictures) // args.batch
    steps = args.epochs * steps_an_epoch
    epoch, spent = 0, 0.0
    args.out.mkdir(parents=True, exist_ok=True)
    last = args.out / "last.pt"
    if last.exists():
        state = torch.load(last, weights_only=True)
        net.load_state_dict(state["net"])
        ema.load_state_dict(state["ema"])
        optimiser.load_state_dict(state["optimiser"])
        epoch, spent = state["epoch"], state["seconds"]
        torch.set_rng_state(state["random"])
        print(f"resumed after epoch {epoch}", flush=True)
    velocity = torch.compile(net.velocity) if args.compile else net.velocity
    start = time.monotonic() - spent
    progress = 0.0
    while epoch < args.epochs and progress < 1:
        order = torch.randperm(len(pictures))
        total, done = 0.0, 0
        for i in range(steps_an_epoch):
            step = epoch * steps_an_epoch + i
            progress = step / steps
            if args.minutes:  # hurries the decay where the machine is slower than planned
                progress = max(progress, (time.monotonic() - start) / (60 * args.minutes))
            if progress >= 1:
                break
            rate = args.rate * min(1, (step + 1) / args.warmup)
            rate *= (1 + math.cos(math.pi * progress)) / 2
            for group in optimiser.param_groups:
                group["lr"] = rate
            chosen = order[i * args.batch : (i + 1) * args.batch]
            clean, label = pictures[chosen], classes[chosen]
            label = torch.where(torch.rand(args.batch) < args.dropout, NO_LABEL, label)
            t = draw_labels(args.batch, args.power)
            noise = torch.randn_like(clean)
            a, s = schedule.at(t)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.half):
                predicted = velocity(a * clean + s * noise, net.embed(t, label))
            loss = (predicted.float() - (a * noise - s * clean)).square().mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            keep = min(args.ema, (step + 1) / (step + 10))
            torch._foreach_lerp_(list(ema.parameters()), list(net.parameters()), 1 - keep)
            total, done = total + loss.item(), done + 1
            if step % 100 == 0:
                print(f"epoch {epoch + 1} step {step}/{steps} loss {total / done:.5f} "
                      f"rate {rate:.2e} {(time.monotonic() - start) / 60:.1f} min", flush=True)
        epoch += 1
        seconds = time.monotonic() - start
        test = held_out_loss(ema, test_pictures[:1000], test_classes[:1000])
        print(f"epoch {epoch} done ({done} steps): loss {total / max(done, 1):.5f} held-out noise "
              f"{test[0]:.5f} velocity {test[1]:.5f} {seconds / 60:.1f} min", flush=True)
        state = dict(numbers=net.numbers, net=net.state_dict(), ema=ema.state_dict(),
                     optimiser=optimiser.state_dict(), epoch=epoch, seconds=seconds,
                     loss=total / max(done, 1), random=torch.get_rng_state())
        torch.save(state, args.out / "new.pt")
        os.replace(args.out / "new.pt", last)


@torch.no_grad()
def ddim(
    net: UNet, x: torch.Tensor, classes: torch.Tensor, steps: int, guidance: float
) -> torch.Tensor:
    table = alpha_bar_table()
    labels = torch.linspace(LABELS - 1, 0, steps + 1).round().long()[:-1]
    none = torch.full_like(classes, NO_LABEL)
    for i, label in enumerate(labels):
        t = torch.full((len(x),), float(label))
        noise = net(x, t, none)
        if guidance != 0:
            noise = noise + guidance * (net(x, t, classes) - noise)
        now = table[label].item()
        then = table[labels[i + 1]].item() if i + 1 < steps else 1.0
        clean = (x - math.sqrt(1 - now) * noise) / math.sqrt(now)
        x = math.sqrt(then) * clean + math.sqrt(1 - then) * noise
    return x


def sample(args: argparse.Namespace) -> None:
    from PIL import Image

    net, _ = load_checkpoint(args.checkpoint)
    draw = torch.Generator().manual_seed(args.seed)
    classes = torch.arange(10).repeat_interleave(args.columns)
    x = torch.randn(len(classes), 1, 28, 28, generator=draw)
    x = ddim(net, x, classes, args.steps, args.guidance)
    grid = x.reshape(10, args.columns, 28, 28).permute(0, 2, 1, 3).reshape(280, 28 * args.columns)
    grid = ((grid.clamp(-1, 1) + 1) * 127.5).round().byte().numpy()
    picture = Image.fromarray(grid)
    picture.resize((3 * picture.width, 3 * picture.height), Image.NEAREST).save(args.png)


def evaluate(args: argparse.Namespace) -> None:
    net, state = load_checkpoint(args.checkpoint)
    noise, velocity = held_out_loss(net, *read_set(args.data, "t10k"))
    print(f"epochs {state['epoch']}, {state['seconds'] / 60:.1f} minutes, loss of the last epoch "
          f"{state['loss']:.5f}; test pictures: noise {noise:.5f} velocity {velocity:.5f}")


def write_files(args: argparse.Namespace) -> None:
    net, _ = load_checkpoint(args.checkpoint)
    pictures, classes = read_set(args.data, "t10k")
    export.write_weights(net, args.out / "fashion.weights")
    export.write_parity(net, pictures, classes, args.out / "parity.bin")


def main() -> None:
    here = Path(__file__).parent
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    data = Path("/usr/share/datasets/fashion-mnist")

    def command(name: str, act, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text,
                                  formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        sub.set_defaults(act=act)
        sub.add_argument("--threads", type=int, default=2, help="processor threads")
        sub.add_argument("--data", type=Path, default=data, help="folder of the four IDX files")
        return sub

    sub = command("train", train, "train the network")
    sub.add_argument("--out", type=Path, default=Path("checkpoints"), help="folder of checkpoints")
    sub.add_argument("--seed", type=int, default=1, help="seed of weights, noise and order")
    sub.add_argument("--epochs", type=int, default=30, help="passes over the training pictures")
    sub.add_argument("--minutes", type=float, default=0, help="end by then (0: no limit)")
    sub.add_argument("--batch", type=int, default=128, help="pictures a step")
    sub.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    sub.add_argument("--warmup", type=int, default=300, help="steps of linear warmup")
    sub.add_argument("--decay", type=float, default=0.01, help="weight decay")
    sub.add_argument("--dropout", type=float, default=0.1, help="share of pictures without label")
    sub.add_argument("--power", type=float, default=1.5, help="labels t = 1000 u^power")
    sub.add_argument("--ema", type=float, default=0.999, help="decay of the averaged weights")
    sub.add_argument("--fine", type=int, default=48, help="channels at 14 x 14")
    sub.add_argument("--coarse", type=int, default=112, help="channels at 7 x 7")
    sub.add_argument("--half", action="store_true", help="bfloat16 arithmetic")
    sub.add_argument("--compile", action="store_true", help="compile the network")
    for name, act, text in (("export", write_files, "write the weights and the parity data"),
                            ("evaluate", evaluate, "loss on the test pictures"),
                            ("sample", sample, "draw a grid of pictures")):
        sub = command(name, act, text)
        last = Path("checkpoints/last.pt")
        sub.add_argument("--checkpoint", type=Path, default=last, help="checkpoint to read")
        if name == "export":
            sub.add_argument("--out", type=Path, default=here, help="folder of the two files")
        if name == "sample":
            sub.add_argument("--png", type=Path, default=Path("samples.png"), help="file to write")
            sub.add_argument("--steps", type=int, default=20, help="sampler steps")
            sub.add_argument("--guidance", type=float, default=2.0, help="1: plain conditional")
            sub.add_argument("--columns", type=int, default=12, help="pictures of each class")
            sub.add_argument("--seed", type=int, default=1, help="seed of the noise")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.act(args)


if __name__ == "__main__":
    main()
