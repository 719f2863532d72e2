#!/usr/bin/env python3
"""Trains the network of the words example on Debian's list of English words (package wamerican) and
writes the files the C++ side reads.

    train.py train       trains the network; goes on from its last checkpoint if there is one
    train.py export      writes words.weights and parity.bin from the checkpoint
    train.py evaluate    the bound of the stored weights on the held-out words
    train.py sample      draws words, one letter after another in a random order

The network is a small bidirectional transformer: it sees a word with some letters masked, and says
how likely each letter is at each place. It is not told how many letters are masked: it sees them.
"""

import argparse
import copy
import math
import os
import re
import struct
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

LENGTH = 14  # places of a word; those after its end have the class END
END, MASK, CLASSES = 26, 27, 27
HERE = Path(__file__).parent
MAGIC, PARITY_MAGIC, VERSION = b"WORDSNET", b"WORDPAIR", 1


def is_held_out(word: str) -> bool:
    """A tenth of all words, by a hash (FNV-1a of 64 bits)."""
    h = 0xCBF29CE484222325
    for letter in word.encode("ascii"):
        h = ((h ^ letter) * 0x100000001B3) % 2**64
    return (h >> 32) % 10 == 0


def read_words(path: Path, held_out: bool) -> list[str]:
    words = [w for w in path.read_text("utf-8").split("\n") if re.fullmatch("[a-z]{2,14}", w)]
    return [w for w in words if is_held_out(w) == held_out]


def encode(words: list[str]) -> torch.Tensor:
    x = torch.full((len(words), LENGTH), END)
    for row, word in zip(x, words):
        row[: len(word)] = torch.tensor([ord(c) - ord("a") for c in word])
    return x


def decode(row: torch.Tensor) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz._"
    return "".join(letters[c] for c in row.tolist()).rstrip(".")


def norm(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return x * (x.square().mean(-1, keepdim=True) + 1e-5).rsqrt() * weight


class Block(nn.Module):
    def __init__(self, width: int, heads: int, hidden: int):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.Parameter(torch.ones(width))
        self.qkv = nn.Linear(width, 3 * width)
        self.mix = nn.Linear(width, width)
        self.norm2 = nn.Parameter(torch.ones(width))
        self.up = nn.Linear(width, hidden)
        self.down = nn.Linear(hidden, width)
        for last in (self.mix, self.down):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, length, width = x.shape
        q, k, v = (self.qkv(norm(x, self.norm1)).view(n, length, 3, self.heads, -1)
                   .permute(2, 0, 3, 1, 4))
        seen = functional.scaled_dot_product_attention(q, k, v)
        x = x + self.mix(seen.transpose(1, 2).reshape(n, length, width))
        return x + self.down(functional.relu(self.up(norm(x, self.norm2))).square())


class Network(nn.Module):
    def __init__(self, width: int = 96, heads: int = 4, hidden: int = 288, blocks: int = 3):
        super().__init__()
        self.numbers = dict(width=width, heads=heads, hidden=hidden, blocks=blocks)
        self.letters = nn.Parameter(0.5 * torch.randn(CLASSES + 1, width))
        self.places = nn.Parameter(0.5 * torch.randn(LENGTH, width))
        self.blocks = nn.ModuleList(Block(width, heads, hidden) for _ in range(blocks))
        self.norm = nn.Parameter(torch.ones(width))
        self.out = nn.Linear(width, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of the clean class, words x places x classes."""
        h = self.letters[x] + self.places
        for block in self.blocks:
            h = block(h)
        return self.out(norm(h, self.norm))


def masked(x: torch.Tensor, counts: torch.Tensor, draw: torch.Generator | None = None
           ) -> tuple[torch.Tensor, torch.Tensor]:
    """Words with so many letters of each masked, and where the masks are."""
    order = torch.rand(x.shape, generator=draw).argsort(1).argsort(1)
    where = order < counts[:, None]
    return torch.where(where, MASK, x), where


def bound(logits: torch.Tensor, x: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """An estimate of -ln p(word) in nats. The integral over alpha of the masked bound is the sum
    over the number of masks k = 1 .. L of the mean of the masks' cross-entropy."""
    loss = functional.cross_entropy(logits.flatten(0, 1).float(), x.flatten(), reduction="none")
    return LENGTH * (loss.view(x.shape) * where).sum(1) / where.sum(1)


@torch.no_grad()
def held_out_bound(net: nn.Module, words: list[str]) -> tuple[float, float]:
    """Nats a letter, and the standard error; every number of masks once a word."""
    x, draw = encode(words), torch.Generator().manual_seed(5)
    nats = torch.zeros(len(words))
    for k in range(1, LENGTH + 1):
        noisy, where = masked(x, torch.full((len(x),), k), draw)
        nats += torch.cat([bound(net(n), c, w) for n, c, w in
                           zip(noisy.split(512), x.split(512), where.split(512))]) / LENGTH
    letters = torch.tensor([len(w) for w in words]).float()
    mean = nats.sum() / letters.sum()
    error = (nats - mean * letters).std() / letters.mean() / math.sqrt(len(words))
    return mean.item(), error.item()


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    data = encode(read_words(args.list, held_out=False))
    held_out = read_words(args.list, held_out=True)
    net = Network()
    ema = copy.deepcopy(net).eval().requires_grad_(False)
    print(f"{len(data)} words, {len(held_out)} held out, "
          f"{sum(p.numel() for p in net.parameters())} parameters", flush=True)
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.rate, betas=(0.9, 0.99),
                                  weight_decay=args.decay, fused=True)
    step, spent = 0, 0.0
    last = args.checkpoints / "last.pt"
    args.checkpoints.mkdir(parents=True, exist_ok=True)
    if last.exists():
        state = torch.load(last, weights_only=True)
        net.load_state_dict(state["net"])
        ema.load_state_dict(state["ema"])
        optimiser.load_state_dict(state["optimiser"])
        step, spent = state["step"], state["seconds"]
        torch.set_rng_state(state["random"])
        print(f"goes on after step {step}", flush=True)
    start = time.monotonic() - spent
    steps = args.epochs * (len(data) // args.batch)
    progress, total, done, order = 0.0, 0.0, 0, torch.randperm(len(data))

    def save() -> None:
        torch.save(dict(net=net.state_dict(), ema=ema.state_dict(), step=step,
                        optimiser=optimiser.state_dict(), seconds=time.monotonic() - start,
                        random=torch.get_rng_state()), args.checkpoints / "new.pt")
        os.replace(args.checkpoints / "new.pt", last)

    while True:
        progress = step / steps
        if args.minutes:  # hurries the decay where the machine is slower than planned
            progress = max(progress, (time.monotonic() - start) / (60 * args.minutes))
        if progress >= 1:
            break
        rate = args.rate * min(1, (step + 1) / args.warmup) * (1 + math.cos(math.pi * progress)) / 2
        for group in optimiser.param_groups:
            group["lr"] = rate
        at = step % (len(data) // args.batch) * args.batch
        if at == 0:
            order = torch.randperm(len(data))
        x = data[order[at : at + args.batch]]
        # The number of masks is even over 1 .. L, and evenly spread over the batch.
        counts = 1 + ((torch.randperm(len(x)) + torch.rand(1)) * LENGTH / len(x)).long() % LENGTH
        noisy, where = masked(x, counts)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.half):
            logits = net(noisy)
        loss = bound(logits, x, where).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        optimiser.step()
        step += 1
        keep = min(args.ema, step / (step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(ema.parameters()), list(net.parameters()), 1 - keep)
        total, done = total + loss.item(), done + 1
        if step % 100 == 0:
            print(f"step {step}/{steps} loss {total / done:.4f} nats a word, rate {rate:.2e}, "
                  f"{(time.monotonic() - start) / 60:.1f} min", flush=True)
            total, done = 0.0, 0
            save()
        if step % 1000 == 0:
            print("held out: {:.4f} +- {:.4f} nats a letter".format(
                *held_out_bound(ema, held_out[::4])), flush=True)
    save()
    print(f"{step} steps, {step * args.batch / len(data):.1f} passes, "
          f"{(time.monotonic() - start) / 60:.1f} min; held out: "
          "{:.4f} +- {:.4f} nats a letter".format(*held_out_bound(ema, held_out)), flush=True)


def write_weights(net: Network, path: Path) -> None:
    """The format of the fashion example's weights: linear layers as inputs x outputs."""
    state = net.state_dict()
    raw = bytearray(MAGIC) + struct.pack("<I", VERSION)
    raw += struct.pack(f"<{len(net.numbers) + 1}I", *net.numbers.values(), len(state))
    for name, value in state.items():
        value = value.T if name.endswith(".weight") else value
        raw += struct.pack("<I", len(name)) + name.encode("ascii")
        raw += struct.pack(f"<I{value.ndim}I", value.ndim, *value.shape)
        raw += value.contiguous().numpy().astype("<f2").tobytes()
    path.write_bytes(raw)
    print(f"{path}: {len(state)} tensors, {len(raw)} bytes")


def read_weights(path: Path) -> Network:
    raw = path.read_bytes()
    if raw[:8] != MAGIC:
        raise SystemExit(f"{path} holds something else")
    width, heads, hidden, blocks, _ = struct.unpack_from("<5I", raw, 12)
    net, at = Network(width, heads, hidden, blocks).eval().requires_grad_(False), 32
    for name, value in net.state_dict().items():
        at += 4 + struct.unpack_from("<I", raw, at)[0]
        at += 4 + 4 * struct.unpack_from("<I", raw, at)[0]
        target = value.T if name.endswith(".weight") else value
        stored = np.frombuffer(raw, "<f2", value.numel(), at).astype(np.float32)
        target.copy_(torch.from_numpy(stored).reshape(target.shape))
        at += 2 * value.numel()
    return net


@torch.no_grad()
def export(args: argparse.Namespace) -> None:
    net = Network().eval()
    net.load_state_dict(torch.load(args.checkpoints / "last.pt", weights_only=True)["ema"])
    write_weights(net, args.out / "words.weights")
    x = encode(read_words(args.list, held_out=True)[:10])
    counts = torch.tensor([14, 0, 1, 2, 4, 6, 8, 10, 12, 13])
    noisy, _ = masked(x, counts, torch.Generator().manual_seed(2))
    logits = read_weights(args.out / "words.weights")(noisy)
    raw = PARITY_MAGIC + struct.pack("<II", VERSION, len(noisy))
    raw += noisy.numpy().astype("<i4").tobytes() + logits.numpy().astype("<f4").tobytes()
    (args.out / "parity.bin").write_bytes(raw)
    print(f"{args.out / 'parity.bin'}: {len(raw)} bytes")


def evaluate(args: argparse.Namespace) -> None:
    mean, error = held_out_bound(read_weights(args.out / "words.weights"),
                                 read_words(args.list, held_out=True))
    print(f"held out: {mean:.4f} +- {error:.4f} nats a letter")


@torch.no_grad()
def sample(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    net = read_weights(args.out / "words.weights")
    x = torch.full((args.count, LENGTH), MASK)
    for place in torch.stack([torch.randperm(LENGTH) for _ in x]).T:
        rows = torch.arange(len(x))
        p = net(x)[rows, place].softmax(1)
        x[rows, place] = torch.multinomial(p, 1)[:, 0]
    print("\n".join(map(decode, x)))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(act, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(act.__name__, help=text,
                                  formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        sub.set_defaults(act=act)
        sub.add_argument("--threads", type=int, default=1, help="processor threads")
        sub.add_argument("--list", type=Path, default=Path("/usr/share/dict/american-english"),
                         help="the words, one a line")
        sub.add_argument("--checkpoints", type=Path, default=Path("checkpoints"),
                         help="folder of the checkpoint")
        sub.add_argument("--out", type=Path, default=HERE, help="folder of the written files")
        sub.add_argument("--seed", type=int, default=1, help="of weights, masks and order")
        return sub

    sub = command(train, "train the network")
    sub.add_argument("--epochs", type=int, default=60, help="passes over the words")
    sub.add_argument("--minutes", type=float, default=0, help="end by then (0: no limit)")
    sub.add_argument("--batch", type=int, default=512, help="words a step")
    sub.add_argument("--rate", type=float, default=3e-3, help="peak learning rate")
    sub.add_argument("--warmup", type=int, default=200, help="steps of linear warmup")
    sub.add_argument("--decay", type=float, default=0.05, help="weight decay")
    sub.add_argument("--ema", type=float, default=0.998, help="decay of the averaged weights")
    sub.add_argument("--half", action="store_true", help="bfloat16 arithmetic")
    command(export, "write the weights and the parity data")
    command(evaluate, "the bound on the held-out words")
    sub = command(sample, "draw words")
    sub.add_argument("--count", type=int, default=40, help="number of words")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.act(args)


if __name__ == "__main__":
    main()
