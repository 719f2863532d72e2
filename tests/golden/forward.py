"""The forward process and the likelihood: noisy states, posteriors, training targets, loss weights and
the terms of the variational bound.

Where an original computes in float, its own function is run on tables of double; where it cannot be
made to, the case says "precision": "float". The bound is computed here, from the formulas of Ho et al.
2020 and Nichol & Dhariwal 2021, in double; coefficients and the exact decoder with 50 digits."""

import math

import mpmath
import numpy as np
import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
)
from diffusers.training_utils import compute_snr
from k_diffusion.layers import Denoiser

import mixture

mpmath.mp.dps = 50
TIMES = sorted({*range(0, 1000, 37), 999})
ELEMENTS = 3


def doubles(values):
    return torch.tensor(values, dtype=torch.float64)


def gaussians(seed, *shape):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


def levels(seed, *shape, count=256):
    """Data of so many levels, with both ends among them."""
    index = np.random.default_rng(seed).integers(0, count, shape)
    index.flat[0], index.flat[1] = 0, count - 1
    return torch.from_numpy(2.0 * index / (count - 1) - 1.0)


def betas(name, steps=1000):
    if name == "linear":
        return np.linspace(1e-4, 0.02, steps)
    if name == "scaled_linear":
        return np.linspace(math.sqrt(0.00085), math.sqrt(0.012), steps) ** 2
    bar = lambda u: math.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2
    return np.array([min(1 - bar((i + 1) / steps) / bar(i / steps), 0.999) for i in range(steps)])


def alpha_bars(name, steps=1000):
    """alpha_bar at t = -1, 0, .., steps - 1, exactly."""
    products = [mpmath.mpf(1)]
    for beta in betas(name, steps):
        products.append(products[-1] * (1 - mpmath.mpf(float(beta))))
    return products


def double_tables(scheduler, name):
    scheduler.alphas_cumprod = doubles([float(a) for a in alpha_bars(name)[1:]])
    return scheduler


def noisy_cases():
    """add_noise and get_velocity of diffusers."""
    names = {"linear": "linear", "scaled_linear": "scaled_linear", "cosine": "squaredcos_cap_v2"}
    ends = {"linear": (1e-4, 0.02), "scaled_linear": (0.00085, 0.012), "cosine": (1e-4, 0.02)}
    for seed, (name, called) in enumerate(names.items()):
        x0 = 2 * torch.from_numpy(np.random.default_rng(seed).random((1, ELEMENTS))) - 1
        eps = gaussians(seed + 10, len(TIMES), ELEMENTS)
        t = torch.tensor(TIMES)
        for kind, make in (("ddpm", DDPMScheduler), ("ddim", DDIMScheduler)):
            if kind == "ddim" and name != "linear":
                continue
            start, end = ends[name]
            original = make(1000, beta_schedule=called, beta_start=start, beta_end=end)
            many = x0.expand(len(TIMES), -1)
            single = [f(many.float(), eps.float(), t) for f in (original.add_noise, original.get_velocity)]
            double_tables(original, name)
            case = {
                "name": f"{kind}_{name}",
                "schedule": name,
                "times": TIMES,
                "x0": x0,
                "eps": eps,
                "noisy": original.add_noise(many, eps, t),
                "velocity": original.get_velocity(many, eps, t),
            }
            if kind == "ddim":
                case["float_noisy"], case["float_velocity"] = single
            yield case


def flow_case():
    """FlowMatchEulerDiscreteScheduler.scale_noise."""
    original = FlowMatchEulerDiscreteScheduler(1000)
    x0, eps = gaussians(20, ELEMENTS), gaussians(21, 4, ELEMENTS)
    index = [0, 250, 700, 999]
    original.sigmas = original.sigmas.double()  # its floats, computed with in double
    t = original.timesteps[index]
    return {
        "name": "flow_match_euler",
        "sigmas": original.sigmas[index],
        "x0": x0,
        "eps": eps,
        "noisy": original.scale_noise(x0.expand(4, -1), t, eps),
        "target": eps - x0,
    }


def euler_case():
    """EulerDiscreteScheduler.add_noise: alpha = 1."""
    original = EulerDiscreteScheduler(1000)
    original.sigmas = original.sigmas.double()
    x0, eps = gaussians(22, ELEMENTS), gaussians(23, 4, ELEMENTS)
    index = [0, 250, 700, 999]
    return {
        "name": "euler_discrete",
        "sigmas": original.sigmas[index],
        "x0": x0,
        "eps": eps,
        "noisy": original.add_noise(x0.expand(4, -1), eps, original.timesteps[index]),
    }


def edm_cases():
    """The target and the weight in k-diffusion's Denoiser.loss, whose inner network returns 0 and 1:
    target^2 - (1 - target)^2 = 2 target - 1."""
    for sigma_data in (0.5, 1.0):
        sigmas = doubles([0.002, 0.05, 0.5, 3.0, 80.0])
        x0, eps = gaussians(24, 5, 1), gaussians(25, 5, 1)
        loss = [
            Denoiser(lambda x, sigma: torch.full_like(x, value), sigma_data).loss(x0, eps, sigmas)
            for value in (0.0, 1.0)
        ]
        seen = []
        Denoiser(lambda x, sigma: seen.append(x) or x, sigma_data).loss(x0, eps, sigmas)
        skip, out, scale = Denoiser(None, sigma_data).get_scalings(sigmas)
        yield {
            "name": f"edm_{sigma_data}",
            "sigma_data": sigma_data,
            "sigmas": sigmas,
            "x0": x0[:, 0],
            "eps": eps[:, 0],
            "input": seen[0][:, 0],
            "target": (loss[0] - loss[1] + 1) / 2,
            "data_weight": (sigmas**2 + sigma_data**2) / (sigmas * sigma_data) ** 2,
            "out_scale": out,
        }


def posterior_cases():
    """The coefficients of q(x_s | x_t, x_0) from t to t - 1, and from each listed time to the one
    before, by Ho et al. 2020, eq. 7."""
    for name in ("linear", "scaled_linear", "cosine"):
        bars = alpha_bars(name)

        def coefficients(t, s):
            at, before = bars[t + 1], bars[s + 1]
            beta = 1 - at / before
            return [
                float(mpmath.sqrt(at / before) * (1 - before) / (1 - at)),
                float(mpmath.sqrt(before) * beta / (1 - at)),
                float(beta * (1 - before) / (1 - at)),
            ]

        yield {
            "name": f"posterior_{name}",
            "schedule": name,
            "times": TIMES,
            "next": [coefficients(t, t - 1) for t in TIMES],
            "jump": [coefficients(t, s) for s, t in zip(TIMES, TIMES[1:])],
        }


def weight_cases():
    """SNR by diffusers' compute_snr, and the weights made of it."""
    for name in ("linear", "scaled_linear", "cosine"):
        scheduler = double_tables(DDPMScheduler(1000), name)
        bars = [alpha_bars(name)[t + 1] for t in TIMES]
        snr = [bar / (1 - bar) for bar in bars]
        case = {
            "name": f"weights_{name}",
            "schedule": name,
            "times": TIMES,
            "float_snr": compute_snr(scheduler, torch.tensor(TIMES)),
            "snr": [float(r) for r in snr],
            "p2": [float(1 / mpmath.sqrt(mpmath.mpf(0.7) + r)) for r in snr],
        }
        for gamma in (1, 5):
            case[f"min_snr_noise_{gamma}"] = [float(min(r, gamma) / r) for r in snr]
            case[f"min_snr_data_{gamma}"] = [float(min(r, gamma)) for r in snr]
            case[f"min_snr_velocity_{gamma}"] = [float(min(r, gamma) / (r + 1)) for r in snr]
        yield case


def normal_kl(mean, log_variance, other_mean, other_log_variance):
    difference = log_variance - other_log_variance
    away = (mean - other_mean) ** 2 * np.exp(-other_log_variance)
    return 0.5 * (math.exp(difference) - 1 - difference + away)


def tanh_cdf(z):
    return 0.5 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))


def compat_log_probability(x, mean, std, count=256):
    half = 1 / (count - 1)
    upper, lower = tanh_cdf((x - mean + half) / std), tanh_cdf((x - mean - half) / std)
    p = torch.where(x < -0.999, upper, torch.where(x > 0.999, 1 - lower, upper - lower))
    return torch.log(p.clamp(min=1e-12))


def exact_log_probability(x, mean, std, count=256):
    half = mpmath.mpf(1) / (count - 1)

    def one(x, mean):
        upper, lower = (x - mpmath.mpf(mean) + half) / std, (x - mpmath.mpf(mean) - half) / std
        if x < -0.999:
            return mpmath.log(mpmath.ncdf(upper))
        if x > 0.999:
            return mpmath.log(mpmath.ncdf(-lower))
        if lower > 0:
            upper, lower = -lower, -upper
        return mpmath.log(mpmath.ncdf(upper) - mpmath.ncdf(lower))

    flat = [float(one(a, b)) for a, b in zip(x.flatten().tolist(), mean.flatten().tolist())]
    return doubles(flat).reshape(x.shape)


def decoder_case():
    """log P of levels far and near, exactly."""
    rows = []
    for count in (2, 16, 256):
        for index in sorted({0, 1, count // 2, count - 1}):
            for mean in (-1.4, -0.3, 0.01, 1.0):
                for std in (0.002, 0.02, 0.3, 2.0):
                    x = doubles([2.0 * index / (count - 1) - 1.0])
                    mean_of_x = doubles([mean])
                    exact = exact_log_probability(x, mean_of_x, mpmath.mpf(std), count)
                    compat = compat_log_probability(x, mean_of_x, std, count)
                    rows.append([count, x.item(), mean, std, exact.item(), compat.item()])
    return {"name": "decoder", "columns": "levels x mean std exact compat", "rows": rows}


def bound(knots, x0, eps, variances, decoder_variance, compat, clip=None, count=256, prior=1.0):
    """The terms for knots (alpha, sigma), noisiest first, clean data not among them."""
    per_bit = x0.shape[1] * math.log(2)
    alpha, sigma = knots[0]
    terms = {"kl": [], "noise_mse": [], "data_mse": []}
    # Near its limit 0 doubles would lose digits.
    rate = mpmath.mpf(sigma) ** 2 / prior
    prior_kl = float(rate - 1 - mpmath.log(rate)) + alpha**2 * x0**2 / prior
    terms["prior"] = 0.5 * prior_kl.sum(1) / per_bit
    for i, (alpha, sigma) in enumerate(knots):
        x = alpha * x0 + sigma * eps[i]
        D = mixture.data(x, alpha, sigma)
        if clip:
            D = D.clamp(-clip, clip)
        terms["data_mse"].append(((D - x0) ** 2).mean(1))
        terms["noise_mse"].append((((x - alpha * D) / sigma - eps[i]) ** 2).mean(1))
        if i + 1 == len(knots):
            probability = compat_log_probability if compat else exact_log_probability
            terms["decoder"] = -probability(x0, D, math.sqrt(decoder_variance), count).sum(1) / per_bit
            continue
        cleaner, quieter = knots[i + 1]
        scale = alpha / cleaner
        beta = sigma**2 - scale**2 * quieter**2
        data, state = cleaner * beta / sigma**2, scale * quieter**2 / sigma**2
        known = beta * quieter**2 / sigma**2
        kl = normal_kl(data * x0 + state * x, math.log(known), data * D + state * x, math.log(variances[i]))
        terms["kl"].append(kl.sum(1) / per_bit)
    terms["total"] = terms["prior"] + terms["decoder"] + sum(terms["kl"])
    for key in ("kl", "noise_mse", "data_mse"):
        terms[key] = torch.stack(terms[key])  # steps x samples
    return terms


def schedule_knots(name, steps, times):
    bars = alpha_bars(name, steps)
    return [(float(mpmath.sqrt(bars[t + 1])), float(mpmath.sqrt(1 - bars[t + 1]))) for t in times]


def step_variances(knots):
    """(posterior, upper bound) of every step between two of the knots."""
    pairs = []
    for (a, s), (cleaner, quieter) in zip(knots, knots[1:]):
        beta = s**2 - (a / cleaner) ** 2 * quieter**2
        pairs.append((beta * quieter**2 / s**2, beta))
    return pairs


def bound_cases():
    walks = {
        "linear": ("linear", 1000, [999, 851, 703, 444, 222, 74, 37, 0]),
        "cosine": ("cosine", 12, list(range(11, -1, -1))),
    }
    for seed, (name, (schedule, steps, times)) in enumerate(walks.items()):
        knots = schedule_knots(schedule, steps, times)
        x0, eps = levels(seed + 30, 3, 4), gaussians(seed + 40, len(times), 3, 4)
        both = step_variances(knots)
        posterior, upper = ([pair[i] for pair in both] for i in (0, 1))
        config = {"schedule": schedule, "steps": steps, "times": times, "x0": x0, "eps": eps}
        for kind, variances in (("posterior", posterior), ("upper_bound", upper)):
            for cdf in ("exact", "compat"):
                yield {
                    "name": f"bound_{name}_{kind}_{cdf}",
                    "variance": kind,
                    "cdf": cdf,
                    **config,
                    **bound(knots, x0, eps, variances, posterior[-1], cdf == "compat"),
                }
        gamma = np.linspace(0.05, 0.97, len(times))  # rising in time
        rate = dict(zip(sorted(times), gamma))
        optimal = []
        for i, ((alpha, sigma), t) in enumerate(zip(knots, times)):
            left = sigma**2 / alpha**2 * (1 - rate[t])
            cleaner, quieter = knots[i + 1] if i + 1 < len(knots) else (1.0, 0.0)
            beta = sigma**2 - (alpha / cleaner) ** 2 * quieter**2
            weight = cleaner * beta / sigma**2
            optimal.append(beta * quieter**2 / sigma**2 + weight**2 * min(left, 1.0))
        yield {
            "name": f"bound_{name}_optimal_clipped",
            "variance": "optimal",
            "cdf": "exact",
            "clip": 0.5,
            "gamma_times": sorted(times),
            "gamma": gamma,
            **config,
            **bound(knots, x0, eps, optimal, optimal[-1], False, clip=0.5),
        }
    # A flow from t = 0.9 on, sixteen levels, a variance and a prior of the user's own.
    times = [0.9, 0.7, 0.4, 0.15, 0.03]
    knots = [(1 - t, t) for t in times]
    x0, eps = levels(32, 3, 4, count=16), gaussians(42, len(times), 3, 4)
    variances = [1.3 * pair[0] for pair in step_variances(knots)]
    yield {
        "name": "bound_flow",
        "times": times,
        "x0": x0,
        "eps": eps,
        "levels": 16,
        "factor": 1.3,
        "decoder_variance": 0.01,
        "prior_variance": 0.9,
        **bound(knots, x0, eps, variances, 0.01, False, count=16, prior=0.9),
    }


def cases():
    return [
        *noisy_cases(),
        flow_case(),
        euler_case(),
        *edm_cases(),
        *posterior_cases(),
        *weight_cases(),
        decoder_case(),
        *bound_cases(),
    ]
