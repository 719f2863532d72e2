"""The training loop of all three: AdamW, warmup and cosine, averaged weights, checkpoints."""

import argparse
import copy
import math
import os
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn


def load_checkpoint(path: Path, make: Callable[..., nn.Module]) -> tuple[nn.Module, dict]:
    """The averaged weights in the module that make(**numbers) builds, and the whole state."""
    state = torch.load(path, weights_only=True)
    net = make(**state["numbers"])
    net.load_state_dict(state["ema"])
    return net.to(memory_format=torch.channels_last).eval(), state


def fit(
    net: nn.Module,
    loss_of: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    held_out: Callable[[nn.Module], str],
    pictures: torch.Tensor,
    classes: torch.Tensor,
    args: argparse.Namespace,
) -> None:
    """Trains net by loss_of(pictures, classes) of its present weights, or goes on where the last
    checkpoint of args.out stands; held_out says in words how good the averaged weights are."""
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
            loss = loss_of(pictures[chosen], classes[chosen])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            keep = min(args.ema, (step + 1) / (step + 10))
            with torch.no_grad():
                torch._foreach_lerp_(list(ema.parameters()), list(net.parameters()), 1 - keep)
            total, done = total + loss.item(), done + 1
            if step % 100 == 0:
                print(f"epoch {epoch + 1} step {step}/{steps} loss {total / done:.5f} "
                      f"rate {rate:.2e} {(time.monotonic() - start) / 60:.1f} min", flush=True)
        epoch += 1
        seconds = time.monotonic() - start
        print(f"epoch {epoch} done ({done} steps): loss {total / max(done, 1):.5f}, "
              f"held out: {held_out(ema)}, {seconds / 60:.1f} min", flush=True)
        state = dict(numbers=net.numbers, net=net.state_dict(), ema=ema.state_dict(),
                     optimiser=optimiser.state_dict(), epoch=epoch, seconds=seconds,
                     loss=total / max(done, 1), random=torch.get_rng_state())
        torch.save(state, args.out / "new.pt")
        os.replace(args.out / "new.pt", last)
