"""Noise on pictures along the linear schedule, and how well it is predicted."""

import torch
from torch.nn import functional

from heads import Heads, noise_moments
from noisy_classifier import NoisyClassifier
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


def student_t(
    normals: torch.Tensor, degrees: int, draw: torch.Generator | None = None
) -> torch.Tensor:
    """Noise of Student's t made of normals: one factor a picture, sqrt(degrees / chi^2)."""
    chi_square = torch.randn(len(normals), degrees, generator=draw).square().sum(1)
    return normals * (degrees / chi_square).sqrt()[:, None, None, None]


def held_out_parts(pictures: torch.Tensor, classes: torch.Tensor, degrees: int = 0):
    """Labels, classes, noisy pictures, velocity and noise, in parts: fixed noise, even labels; of
    Student's t if there are degrees."""
    draw = torch.Generator().manual_seed(1)
    noise = torch.randn(pictures.shape, generator=draw)
    t = torch.randint(0, LABELS, (len(pictures),), generator=draw)
    if degrees:
        noise = student_t(noise, degrees, draw)
    for at in torch.arange(len(pictures)).split(250):
        yield t[at], classes[at], *with_noise(pictures[at], t[at], noise[at]), noise[at]


@torch.no_grad()
def held_out_loss(
    net: UNet, pictures: torch.Tensor, classes: torch.Tensor, degrees: int = 0
) -> tuple[float, float]:
    """Mean squared error of the noise and of the velocity."""
    noise_sum = velocity_sum = 0.0
    for t, label, x, v, _ in held_out_parts(pictures, classes, degrees):
        a, _ = UNet.signal_and_noise(t)
        error = net.velocity(x, net.embed(t, label)) - v
        velocity_sum += error.square().mean((1, 2, 3)).sum().item()
        noise_sum += (a * error).square().mean((1, 2, 3)).sum().item()
    return noise_sum / len(pictures), velocity_sum / len(pictures)


@torch.no_grad()
def held_out_heads(
    net: UNet, heads: Heads, pictures: torch.Tensor, classes: torch.Tensor
) -> tuple[float, float]:
    """What a Gaussian of the noise gains, in nats an element, by the residual head's variance over
    one that all elements and 50 labels share, told from these very pictures; and at which share of
    the elements the other head tells a variance, E[noise^2] - E^2, that is not positive."""
    rows = []
    not_positive = 0.0
    for t, label, x, _, noise in held_out_parts(pictures, classes):
        mean, residual, square = noise_moments(net, heads, x, t, label)
        rows.append((t, (noise - mean).square(), residual))
        not_positive += (square <= mean.square()).double().mean((1, 2, 3)).sum().item()
    t, error, residual = (torch.cat(each) for each in zip(*rows))
    shared = torch.stack([error[t // 50 == i].mean() for i in range(LABELS // 50)])[t // 50]

    def cost(variance: torch.Tensor) -> float:
        variance = variance.clamp(min=1e-6)
        return 0.5 * (variance.log() + error / variance).mean().item()

    return cost(shared[:, None, None, None]) - cost(residual), not_positive / len(pictures)


@torch.no_grad()
def held_out_classes(
    net: NoisyClassifier, pictures: torch.Tensor, classes: torch.Tensor
) -> tuple[float, float]:
    """Cross entropy in nats, and the share of right classes."""
    loss = right = 0.0
    for t, label, x, _, _ in held_out_parts(pictures, classes):
        logits = net(x, t)
        loss += functional.cross_entropy(logits, label, reduction="sum").item()
        right += (logits.argmax(1) == label).sum().item()
    return loss / len(pictures), right / len(pictures)


@torch.no_grad()
def accuracy_by_label(
    net: NoisyClassifier, pictures: torch.Tensor, classes: torch.Tensor, labels: range
) -> list[float]:
    """The share of right classes where all pictures have the noise of one label."""
    draw = torch.Generator().manual_seed(1)
    shares = []
    for label in labels:
        right = 0
        for x, y in zip(pictures.split(500), classes.split(500)):
            t = torch.full((len(x),), label)
            x, _ = with_noise(x, t, torch.randn(x.shape, generator=draw))
            right += (net(x, t).argmax(1) == y).sum().item()
        shares.append(right / len(pictures))
    return shares
