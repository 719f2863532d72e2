"""Noise on pictures along the linear schedule, and how well it is predicted."""

import torch

from heads import Heads, noise_moments
from unet import LABELS, UNet


def draw_labels(count: int, power: float) -> torch.Tensor:
    """Stratified draw of labels; a power above 1 prefers little noise, where detail is decided."""
    u = (torch.arange(count, dtype=torch.float64) + torch.rand(count, dtype=torch.float64)) / count
    return (LABELS * u**power).long().clamp(max=LABELS - 1)


def with_noise(
    clean: torch.Tensor, t: torch.Tensor, noise: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The noisy pictures and their velocity."""
    a, s = UNet.signal_and_noise(t)
    return a * clean + s * noise, a * noise - s * clean


def held_out_parts(pictures: torch.Tensor, classes: torch.Tensor):
    """Labels, classes, noisy pictures, noise and velocity, in parts: fixed noise, even labels."""
    draw = torch.Generator().manual_seed(1)
    noise = torch.randn(pictures.shape, generator=draw)
    t = torch.randint(0, LABELS, (len(pictures),), generator=draw)
    for at in torch.arange(len(pictures)).split(250):
        yield t[at], classes[at], *with_noise(pictures[at], t[at], noise[at]), noise[at]


@torch.no_grad()
def held_out_loss(net: UNet, pictures: torch.Tensor, classes: torch.Tensor) -> tuple[float, float]:
    """Mean squared error of the noise and of the velocity."""
    noise_sum = velocity_sum = 0.0
    for t, label, x, v, _ in held_out_parts(pictures, classes):
        a, _ = UNet.signal_and_noise(t)
        error = net.velocity(x, net.embed(t, label)) - v
        velocity_sum += error.square().mean((1, 2, 3)).sum().item()
        noise_sum += (a * error).square().mean((1, 2, 3)).sum().item()
    return noise_sum / len(pictures), velocity_sum / len(pictures)


@torch.no_grad()
def held_out_likelihood(
    net: UNet, heads: Heads, pictures: torch.Tensor, classes: torch.Tensor
) -> tuple[float, float, float]:
    """What one log variance for each label costs more than that of each head, in nats an element,
    where it is told from the residuals of these very pictures; and the heads' mean ratio of
    squared residual to variance, which is 1 for a true variance."""
    rows = []
    for t, label, x, _, noise in held_out_parts(pictures, classes):
        mean, residual, square = noise_moments(net, heads, x, t, label)
        error = (noise - mean).square()
        rows.append((t, error, residual, square - mean.square()))
    t, error, residual, square = (torch.cat(each) for each in zip(*rows))
    floor = 1e-6
    bins = (t // 50).long()
    scalar = torch.stack([error[bins == b].mean() for b in range(20)])[bins]
    def cost(v):
        v = v.clamp(min=floor)
        return 0.5 * (v.log() + error / v).mean((1, 2, 3))
    base = cost(scalar[:, None, None, None].expand_as(error))
    return ((base - cost(residual)).mean().item(), (base - cost(square)).mean().item(),
            (error / residual.clamp(min=floor)).mean().item())
