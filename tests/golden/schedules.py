"""Schedules and paths: the tables of diffusers, how k-diffusion and diffusers read them between their
times, and the formulas of the papers in double precision."""

import math

import numpy as np
import torch
from diffusers import (
    CogVideoXDDIMScheduler,
    CosineDPMSolverMultistepScheduler,
    DDPMScheduler,
    DDPMWuerstchenScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
)
from diffusers.schedulers.scheduling_ddim import rescale_zero_terminal_snr
from k_diffusion.external import DiscreteSchedule

TIMES = {1000: [0, 1, 2, 17, 100, 250, 499, 500, 750, 900, 990, 997, 998, 999], 20: list(range(20))}


def linspace(first, last, steps):
    return torch.linspace(first, last, steps, dtype=torch.float64)


def from_alpha_bar(alpha_bar, steps):
    pairs = [(i / steps, (i + 1) / steps) for i in range(steps)]
    return torch.tensor(
        [min(1 - alpha_bar(b) / alpha_bar(a), 0.999) for a, b in pairs], dtype=torch.float64
    )


def laplace(u):
    if u in (0, 1):
        return 1.0 - u
    log_snr = -0.5 * math.copysign(1, 0.5 - u) * math.log(1 - 2 * abs(0.5 - u))
    return 1 / (1 + math.exp(-log_snr))


def laplace_as_diffusers(u):
    log_snr = -0.5 * math.copysign(1, 0.5 - u) * math.log(1 - 2 * abs(0.5 - u) + 1e-6)
    return (1 / (1 + math.exp(-log_snr))) ** 0.5


FORMULAS = {
    "linear": lambda n: linspace(1e-4, 0.02, n),
    "scaled_linear": lambda n: linspace(0.00085**0.5, 0.012**0.5, n) ** 2,
    "sigmoid": lambda n: torch.sigmoid(linspace(-6, 6, n)) * (0.02 - 1e-4) + 1e-4,
    "cosine": lambda n: from_alpha_bar(lambda u: math.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2, n),
    "exponential": lambda n: from_alpha_bar(lambda u: math.exp(-12 * u), n),
    "laplace": lambda n: from_alpha_bar(laplace, n),
    "laplace, diffusers": lambda n: from_alpha_bar(laplace_as_diffusers, n),
}

ORIGINALS = {
    "linear": lambda n: DDPMScheduler(n),
    "scaled_linear": lambda n: DDPMScheduler(n, 0.00085, 0.012, "scaled_linear"),
    "sigmoid": lambda n: DDPMScheduler(n, beta_schedule="sigmoid"),
    "cosine": lambda n: DDPMScheduler(n, beta_schedule="squaredcos_cap_v2"),
    "exponential": lambda n: HeunDiscreteScheduler(n, beta_schedule="exp"),
    "laplace, diffusers": lambda n: DDPMScheduler(n, beta_schedule="laplace"),
}


def tables():
    for steps, times in TIMES.items():
        for name, formula in FORMULAS.items():
            betas = formula(steps)
            case = {
                "name": f"{name}, {steps}", "kind": "table", "schedule": name, "steps": steps,
                "times": times, "betas": betas[times], "alpha_bars": betas.neg().log1p().cumsum(0).exp()[times],
            }
            if name in ORIGINALS:
                original = ORIGINALS[name](steps)
                case["precision"] = "float"
                case["original_betas"] = original.betas[times]
                case["original_alpha_bars"] = original.alphas_cumprod[times]
            yield case


def rescaled():
    for name in ("linear", "scaled_linear", "cosine"):
        for steps, times in TIMES.items():
            betas = rescale_zero_terminal_snr(FORMULAS[name](steps))
            bars = torch.cumprod(1 - betas, 0)
            bars[-1] = 0.0  # what its own rescaled table says, before it goes through betas
            yield {"name": f"zero terminal SNR of {name}, {steps}", "kind": "rescaled", "schedule": name,
                   "steps": steps, "times": times, "alpha_bars": bars[times]}
    original = EulerDiscreteScheduler(1000, 0.00085, 0.012, "scaled_linear", rescale_betas_zero_snr=True)
    yield {"name": "last alpha_bar of diffusers", "kind": "last", "alpha_bar": original.alphas_cumprod[-1]}
    for scale in (1.0, 3.0, 0.5):
        for zero in (False, True):
            original = CogVideoXDDIMScheduler(snr_shift_scale=scale, rescale_betas_zero_snr=zero)
            times = TIMES[1000]
            yield {"name": f"CogVideoX, {scale}, {zero}", "kind": "shifted", "scale": scale, "zero": zero,
                   "times": times, "alpha_bars": original.alphas_cumprod[times]}


def between():
    """The table of latent diffusion in double, read at and between its times."""
    bars = torch.cumprod(1 - FORMULAS["scaled_linear"](1000), 0)
    sigmas = ((1 - bars) / bars) ** 0.5
    wanted = torch.tensor([0.0292, 0.03, 0.05, 0.3, 1.0, 2.71828, 7.0, 14.0, 14.6])
    wanted = wanted.double()
    times = [0.0, 0.125, 0.5, 1.0, 33.375, 500.5, 998.875, 999.0]
    table = DiscreteSchedule(sigmas, quantize=False)
    yield {"name": "k-diffusion, sigma_to_t", "kind": "sigma_to_t", "sigmas": wanted,
           "times": table.sigma_to_t(wanted), "rounded": table.sigma_to_t(wanted, quantize=True)}
    yield {"name": "k-diffusion, t_to_sigma", "kind": "t_to_sigma", "times": times,
           "sigmas": table.t_to_sigma(torch.tensor(times))}
    euler = EulerDiscreteScheduler()
    logs = np.log(sigmas.numpy())
    yield {"name": "diffusers, sigma_to_t", "kind": "sigma_to_t", "sigmas": wanted,
           "times": [float(euler._sigma_to_t(s, logs)) for s in wanted.numpy()],
           "rounded": [round(float(euler._sigma_to_t(s, logs))) for s in wanted.numpy()]}
    yield {"name": "diffusers, sigma at a time", "kind": "linear_in_sigma", "times": times,
           "sigmas": np.interp(times, np.arange(1000), sigmas.numpy())}


def paths():
    t = torch.tensor([1e-3, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99], dtype=torch.float64)

    def case(name, alpha, sigma, times=t, **more):
        return {"name": name, "kind": "path", "times": times, "alphas": alpha, "sigmas": sigma, **more}

    log_alpha = -0.25 * t**2 * 19.9 - 0.05 * t
    yield case("vp", log_alpha.exp(), (-torch.expm1(2 * log_alpha)) ** 0.5)
    yield case("sub_vp", log_alpha.exp(), -torch.expm1(2 * log_alpha))
    yield case("ve", torch.ones_like(t), 0.01 * 5000**t)
    yield case("edm", torch.ones_like(t), t)
    yield case("flow", 1 - t, t)
    angle, start = (t + 0.008) / 1.008 * math.pi / 2, 0.008 / 1.008 * math.pi / 2
    alpha = angle.cos() / math.cos(start)
    sigma = ((angle - start).sin() * (angle + start).sin()) ** 0.5 / math.cos(start)
    yield case("cosine", alpha, sigma)
    yield case("trigflow", t.cos(), t.sin())
    shifted = 3 * t / (1 + 2 * t)
    yield case("flow, shift 3", 1 - shifted, shifted)
    scale = (1 - shifted[0]) / (1 - 0.1)
    yield case("flow, shift 3, sigma_min 0.1", (1 - shifted) / scale, 1 - (1 - shifted) / scale)
    times = t.float()
    bars = DDPMWuerstchenScheduler()._alpha_cumprod(times, "cpu").double()
    inside = (bars > 1.001e-4) & (bars < 0.9998)  # elsewhere it is clamped
    yield case("Wuerstchen", bars[inside] ** 0.5, (1 - bars[inside]) ** 0.5, times[inside],
               precision="float")
    sigmas = torch.tensor([0.3, 1.0, 5.0, 500.0])
    yield {"name": "CosineDPM", "kind": "noise_to_signal", "precision": "float", "sigmas": sigmas,
           "times": CosineDPMSolverMultistepScheduler().precondition_noise(sigmas)}


def cases():
    return [*tables(), *rescaled(), *between(), *paths()]
