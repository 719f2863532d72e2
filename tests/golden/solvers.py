"""Trajectories of samplers: every state of a walk of k-diffusion's samplers and of diffusers' schedulers,
with the exact network of mixture.py, all in double.

The Gaussians are drawn from a seed and rounded to a few digits, so that the file stays small; a case
keeps those that had a say, in the order in which they were asked for.
"""

import torch
from k_diffusion import sampling

import mixture

ELEMENTS = 6
START = torch.tensor([-1.6, -0.9, -0.2, 0.3, 0.8, 1.5], dtype=torch.float64)


def gaussians(count):
    generator = torch.Generator().manual_seed(20)
    drawn = torch.randn(count, ELEMENTS, generator=generator, dtype=torch.float64)
    return (drawn * 1000).round() / 1000


DRAWS = gaussians(32)


def case(name, solver, knots, states, draws=(), options=None, **more):
    """`knots`: a label, an alpha and a sigma each."""
    return {"name": name, "solver": solver, "options": options or {}, **more, "knots": knots,
            "x": START * knots[0][2], "draws": list(draws), "states": states}


# k-diffusion: alpha = 1.


def denoiser(x, sigma, **_):
    return mixture.data(x, 1.0, sigma[0])


def karras_sigmas(steps, end):
    """Karras' sigmas, made uneven a second time; down to 0 or to the last of them."""
    sigmas = sampling.get_sigmas_karras(steps, 0.05, 9.0, rho=6.0)
    if end == "to 0":
        return sigmas
    return sampling.get_sigmas_karras(steps + 1, 0.05, 9.0, rho=5.0)[:-1]


def sigma_knots(sigmas):
    return [[float(sigma), 1.0, float(sigma)] for sigma in sigmas]


def k_diffusion(name, solver, sampler, draws=False, options=None, theirs=None, **more):
    """`options`: what both have under one name; `theirs`: what only the original asks for."""
    options, theirs = options or {}, theirs or {}
    for end in ("to 0", "to more"):
        steps = 8
        sigmas = karras_sigmas(steps, end)
        steps = len(sigmas) - 1
        low, high = options.get("s_min", 0.0), options.get("s_max", float("inf"))
        churns = "s_churn" in options
        states = []
        for k in range(1, steps + 1):
            taken = iter(DRAWS)
            used = []

            def draw(*_):
                used.append(next(taken))
                return used[-1]

            own = {"s_tmin" if key == "s_min" else "s_tmax" if key == "s_max" else key: value
                   for key, value in options.items()}
            own.update(theirs)
            if churns:
                own["s_churn"] *= k / steps  # a part of the walk, with the steps of the whole
            elif draws:
                own["noise_sampler"] = draw
            original, torch.randn_like = torch.randn_like, draw
            try:
                states.append(sampler(denoiser, START * sigmas[0], sigmas[: k + 1], disable=True, **own))
            finally:
                torch.randn_like = original
        if churns:  # a draw is made in every step
            used = [z for z, sigma in zip(used, sigmas) if low <= sigma <= high]
        elif not draws:
            used = []
        yield case(f"k-diffusion {name}, {end}", solver, sigma_knots(sigmas), states, used, options, **more)


def dpm_fast(calls):
    sigma_min, sigma_max = 0.05, 9.0
    states = []
    last = sampling.sample_dpm_fast(denoiser, START * sigma_max, sigma_min, sigma_max, calls, disable=True,
                                    callback=lambda info: states.append(info["x"]))
    steps = calls // 3 + 1
    times = torch.linspace(-torch.tensor(sigma_max).log(), -torch.tensor(sigma_min).log(), steps + 1)
    sigmas = times.neg().exp()
    sigmas[0] = sigma_max
    yield case(f"k-diffusion sample_dpm_fast, {calls} calls", "dpm_solver_fast", sigma_knots(sigmas),
               [*states[1:], last], options={"calls": calls})


def in_k_diffusion():
    churn = {"s_churn": 2.5, "s_min": 0.1, "s_max": 5.0, "s_noise": 1.01}
    for name, solver in {"sample_euler": "euler", "sample_heun": "heun", "sample_dpm_2": "dpm2"}.items():
        sampler = getattr(sampling, name)
        yield from k_diffusion(name, solver, sampler)
        yield from k_diffusion(f"{name}, churn", solver, sampler, options=churn)
        yield from k_diffusion(f"{name}, most churn", solver, sampler, options={"s_churn": 30.0})
    for name, solver in {"sample_euler_ancestral": "euler_ancestral",
                         "sample_dpm_2_ancestral": "dpm2_ancestral",
                         "sample_dpmpp_2s_ancestral": "dpm_solver_pp_2s_ancestral"}.items():
        for eta in (1.0, 0.5):
            yield from k_diffusion(f"{name}, eta {eta}", solver, getattr(sampling, name), True,
                                   {"eta": eta, "s_noise": 1.01})
    # Its coefficients come from a quadrature with a relative tolerance of 1e-4.
    for order in (1, 2, 3, 4):
        yield from k_diffusion(f"sample_lms, order {order}", f"lms<{order}>", sampling.sample_lms,
                               theirs={"order": order})
    yield from k_diffusion("sample_dpmpp_2m", "dpm_solver_pp_2m", sampling.sample_dpmpp_2m)
    for eta in (1.0, 0.5):
        yield from k_diffusion(f"sample_dpmpp_2m_sde heun, eta {eta}", "sde_dpm_solver_pp<2>",
                               sampling.sample_dpmpp_2m_sde, True, {"eta": eta, "s_noise": 1.01},
                               {"solver_type": "heun"})
    for calls in (7, 8, 9):
        yield from dpm_fast(calls)


def cases():
    # k-diffusion makes its own numbers in torch's default precision.
    torch.set_default_dtype(torch.float64)
    try:
        return list(in_k_diffusion())
    finally:
        torch.set_default_dtype(torch.float32)
