"""Trajectories of diffusers' DDPM with the variances that a network gives beside the noise, every state, in
double. The network is that of mixture.py, and its second output is

    u = (x / alpha) / (1 + |x / alpha|)

in [-1, 1], or made of it: the variance exp(u - 3), its logarithm u - 3, u itself between two logarithms.

With "learned", diffusers takes the variance itself from the network; the authors' own code takes its
logarithm (ModelVarType.LEARNED), which is written here as the variance that it means.
"""

import torch

import mixture
import solvers


def between(x, alpha):
    scaled = x / alpha
    return scaled / (1 + scaled.abs())


def beside(second):
    def network(x, alpha, sigma):
        return torch.cat([mixture.noise(x, alpha, sigma), second(between(x, alpha))], dim=1)

    return network


def trajectories():
    for kind, variance_type, second in (("variance", "learned", lambda u: torch.exp(u - 3)),
                                        ("log_variance", "learned", lambda u: torch.exp(u - 3)),
                                        ("variance_range", "learned_range", lambda u: u)):
        scheduler = solvers.made("DDPM", clip_sample=False, variance_type=variance_type)
        scheduler.set_timesteps(solvers.STEPS)
        yield solvers.at_training_times(f"DDPM, {variance_type}, {kind}", kind, scheduler,
                                        output=beside(second))
    # The last steps of the training schedule itself: there min and max lie farthest apart.
    scheduler = solvers.made("DDPM", clip_sample=False, variance_type="learned_range")
    scheduler.set_timesteps(timesteps=list(range(11, -1, -1)))
    yield solvers.at_training_times("DDPM, learned_range, training steps", "variance_range", scheduler,
                                    output=beside(lambda u: u))


def cases():
    with solvers.in_double():
        return list(trajectories())
