"""FlowEdit: Kulikov et al. 2024, Algorithm 1, written from the paper, with its n_max, n_min and n_avg.
Both networks are exact ones of mixtures: the source that of mixture.py, the target the one below."""

import numpy as np

import mixture

TARGET = {"weights": (0.7, 0.3), "means": (-0.2, 1.1), "stds": (0.3, 0.6)}
SOURCE = {"weights": mixture.WEIGHTS, "means": mixture.MEANS, "stds": mixture.STDS}
SIZE = 12


def velocity(x, t, of):
    """E[eps - x_0 | x_t = x] of a flow, x_t = (1 - t) x_0 + t eps."""
    total, weighted = np.zeros_like(x), np.zeros_like(x)
    for weight, mean, std in zip(of["weights"], of["means"], of["stds"]):
        variance = (1 - t) ** 2 * std**2 + t**2
        away = x - (1 - t) * mean
        density = weight / variance**0.5 * np.exp(-0.5 * away**2 / variance)
        total += density
        weighted += density * (mean + (1 - t) * std**2 / variance * away)
    data = weighted / total
    return (x - (1 - t) * data) / t - data


def flow_edit(x_src, times, n_max, n_min, n_avg, draw):
    """`times` are t_n > .. > t_0 = 0, here by their index from the noise on."""
    n = len(times) - 1
    z_edit = x_src.copy()
    for i in range(n - n_max, n - n_min):
        t, t_next = times[i], times[i + 1]
        difference = np.zeros_like(x_src)
        for _ in range(n_avg):
            z_src = (1 - t) * x_src + t * draw()
            z_tar = z_edit + z_src - x_src
            difference += (velocity(z_tar, t, TARGET) - velocity(z_src, t, SOURCE)) / n_avg
        z_edit = z_edit + (t_next - t) * difference
    if n_min == 0:
        return z_edit
    t = times[n - n_min]
    z_tar = z_edit + (1 - t) * x_src + t * draw() - x_src
    for i in range(n - n_min, n):
        z_tar = z_tar + (times[i + 1] - times[i]) * velocity(z_tar, times[i], TARGET)
    return z_tar


def cases():
    generator = np.random.default_rng(5)
    for steps, n_max, n_min, n_avg, shift in ((8, 8, 0, 1, 1.0), (10, 7, 0, 3, 3.0),
                                              (10, 10, 4, 1, 3.0), (9, 6, 2, 2, 1.5)):
        even = np.array([1 - i / steps for i in range(steps)])
        times = [*(shift * even / (1 + (shift - 1) * even)), 0.0]
        x_src, draws = generator.standard_normal(SIZE), []

        def draw():
            draws.append(generator.standard_normal(SIZE))
            return draws[-1]

        edited = flow_edit(x_src, times, n_max, n_min, n_avg, draw)
        yield {"name": f"{steps} steps, {n_max} to {n_min}, {n_avg} draws, shift {shift}",
               "steps": steps, "n_max": n_max, "n_min": n_min, "n_avg": n_avg, "shift": shift,
               "target": TARGET, "x_src": x_src, "draws": draws, "edited": edited}
