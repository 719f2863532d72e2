"""What BrownianTreeNoiseSampler gives, that of diffusers and of k-diffusion: increments of torchsde's path; and the
seeds of its tree, which are numpy's."""

import numpy as np
import torch
from diffusers.schedulers.scheduling_dpmsolver_sde import BrownianTreeNoiseSampler

TREES = [
    (0, 0.0292, 14.6146, [14.6146, 7.5, 7.4999985, 0.7, 0.0292]),
    (2**40 + 5, 0.3, 500.0, [500.0, 123.456789, 3.0000004, 0.31]),
    (7, 0.01, 157.4, [157.4, 1.0, 100.0, 0.01]),
]
SEQUENCES = [(11, []), (0, [0, 0]), (2**40 + 5, [3, 2]), (7, [2**33, 34])]


def increments(seed, low, high, levels, dtype):
    torch.set_default_dtype(torch.float64)  # of the times
    sampler = BrownianTreeNoiseSampler(torch.zeros(2, 20, dtype=dtype), low, high, seed)
    torch.set_default_dtype(torch.float32)
    times = [torch.tensor(level, dtype=torch.float64) for level in levels]
    return [sampler(a, b).flatten() for a, b in zip(times, times[1:])]


def cases():
    for seed, low, high, levels in TREES:
        yield {"name": f"tree {seed}", "seed": seed, "low": low, "high": high, "levels": levels,
               "double": increments(seed, low, high, levels, torch.float64),
               "float": increments(seed, low, high, levels, torch.float32)}
    for entropy, key in SEQUENCES:
        sequence = np.random.SeedSequence(entropy, spawn_key=key, pool_size=24)
        yield {"name": f"seeds {entropy} {key}", "entropy": entropy, "key": key, "state": sequence.generate_state(4)}
