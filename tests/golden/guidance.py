"""Guidance: diffusers' rescaling and adaptive projected guidance, over a few calls one after the
other, since momentum keeps something. "c" and "u" of all cases are those of the case "inputs"."""

import itertools

import torch
from diffusers.guiders.adaptive_projected_guidance import (AdaptiveProjectedGuidance, MomentumBuffer,
                                                           normalized_guidance)
from diffusers.guiders.classifier_free_zero_star_guidance import ClassifierFreeZeroStarGuidance
from diffusers.guiders.guider_utils import rescale_noise_cfg

CALLS, SHAPE = 3, (2, 2, 3, 3)
PRECISIONS = ((torch.float64, "double"), (torch.float32, "float"))


def inputs():
    generator = torch.Generator().manual_seed(21)
    draw = lambda: torch.randn((CALLS, *SHAPE), generator=generator, dtype=torch.float64)
    c = draw()
    return c, 0.8 * c + 0.7 * draw() + 0.1


def flat(tensor):
    return tensor.reshape(-1)


def plain(c, u, scale):
    return u + scale * (c - u)


def rescale_cases(c, u):
    for dtype, precision in PRECISIONS:
        a, b = c[0].to(dtype), u[0].to(dtype)
        for scale, amount in ((7.5, 0.7), (3.0, 1.0), (1.5, 0.25)):
            yield {"name": f"rescale {precision} {scale} {amount}", "original": "rescale",
                   "precision": precision, "scale": scale, "rescale": amount,
                   "guided": flat(rescale_noise_cfg(plain(a, b, scale), a, amount))}


def projection_cases(c, u):
    options = itertools.product((0.0, 0.4, 1.0), (0.0, 2.0, 50.0), (0.0, -0.5), (False, True))
    for eta, threshold, momentum, from_conditional in options:
        for dtype, precision in PRECISIONS:
            if precision == "float" and (eta != 0.4 or threshold == 50.0):
                continue
            buffer = MomentumBuffer(momentum) if momentum else None
            scale = 5.0
            # The original's form from the conditional prediction counts the scale from 0.
            given = scale - 1 if from_conditional else scale
            exactly = MomentumBuffer(momentum) if momentum else None
            rounded = [(a.to(dtype), b.to(dtype)) for a, b in zip(c, u)]
            guided = [flat(normalized_guidance(a, b, given, buffer, eta, threshold, from_conditional))
                      for a, b in rounded]
            # Of the rounded inputs in double: the original's own rounding is as large as the bound.
            exact = [flat(normalized_guidance(a.double(), b.double(), given, exactly, eta, threshold,
                                              from_conditional)) for a, b in rounded]
            base = "conditional" if from_conditional else "unconditional"
            yield {"name": f"projection {precision} {eta} {threshold} {momentum} {base}",
                   "original": "projection", "precision": precision, "scale": scale, "eta": eta,
                   "norm_threshold": threshold, "momentum": momentum, "base": base, "guided": guided,
                   **({"exact": exact} if precision == "float" else {})}


def guider_case(c, u):
    """Projection and rescaling together, through the class that pipelines use."""
    guider = AdaptiveProjectedGuidance(
        guidance_scale=6.0, adaptive_projected_guidance_momentum=-0.75,
        adaptive_projected_guidance_rescale=1.5, eta=0.2, guidance_rescale=0.6)
    guider.momentum_buffer = MomentumBuffer(-0.75)
    yield {"name": "guider", "original": "guider", "scale": 6.0, "eta": 0.2, "norm_threshold": 1.5,
           "momentum": -0.75, "rescale": 0.6, "base": "unconditional",
           "guided": [flat(guider.forward(a, b).pred) for a, b in zip(c, u)]}


def zero_star_case(c, u):
    """CFG-Zero*, zero in its first call. Its scale is computed in float, so in double it is the formula."""
    guider = ClassifierFreeZeroStarGuidance(guidance_scale=4.0, zero_init_steps=1)
    rounded, exact = [(a.float(), b.float()) for a, b in zip(c, u)], []
    guided = []
    for step, (a, b) in enumerate(rounded):
        guider._step = step
        guided.append(flat(guider.forward(a, b).pred))
        a, b = a.double().flatten(1), b.double().flatten(1)
        b = b * ((a * b).sum(1, keepdim=True) / (b * b).sum(1, keepdim=True))
        exact.append(flat(plain(a, b, 4.0 if step else 0.0) * (step > 0)))
    yield {"name": "zero star", "original": "zero star", "precision": "float", "scale": 4.0,
           "optimised_scale": True, "zero_calls": 1, "guided": guided, "exact": exact}


def cases():
    c, u = inputs()
    yield {"name": "inputs", "original": "inputs", "samples": SHAPE[0],
           "c": [flat(each) for each in c], "u": [flat(each) for each in u]}
    yield from rescale_cases(c, u)
    yield from projection_cases(c, u)
    yield from guider_case(c, u)
    yield from zero_star_case(c, u)
