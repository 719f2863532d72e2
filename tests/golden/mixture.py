"""The exact network of the golden data: a one-dimensional Gaussian mixture, applied to every element,
in double precision. tests/support/mixture.hpp is the same in C++."""

import torch

WEIGHTS = (0.4, 0.6)
MEANS = (-0.7, 0.8)
STDS = (0.35, 0.5)


def data(x, alpha, sigma):
    """E[x_0 | x_t = x] where x_t = alpha x_0 + sigma eps; computed and returned in double."""
    x = x.double()
    total = torch.zeros_like(x)
    weighted = torch.zeros_like(x)
    for weight, mean, std in zip(WEIGHTS, MEANS, STDS):
        variance = alpha * alpha * std * std + sigma * sigma
        away = x - alpha * mean
        density = weight / variance**0.5 * torch.exp(-0.5 * away * away / variance)
        total += density
        weighted += density * (mean + alpha * std * std / variance * away)
    return weighted / total


def noise(x, alpha, sigma):
    """E[eps | x_t = x]."""
    return (x.double() - alpha * data(x, alpha, sigma)) / sigma


def velocity(x, alpha, sigma):
    """E[alpha eps - sigma x_0 | x_t = x]."""
    return alpha * noise(x, alpha, sigma) - sigma * data(x, alpha, sigma)
