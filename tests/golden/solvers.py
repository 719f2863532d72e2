"""Trajectories of samplers: every state of a walk of k-diffusion's samplers and of diffusers' schedulers,
with the exact network of mixture.py, all in double.

The Gaussians are drawn from a seed and rounded to a few digits, so that the file stays small; a case
keeps those that had a say, in the order in which they were asked for. (The originals ask for more: before a
step without churn, and after the last one.)
"""

import sys
from contextlib import contextmanager
from functools import partial

import diffusers
import numpy as np
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


def start(knots, reversed=False):
    """Noise, or data where the walk goes from data to noise."""
    return START if reversed else START * knots[0][2]


def case(name, solver, knots, states, draws=(), options=None, **more):
    """`knots`: a label, an alpha and a sigma each, from noise to data or, `reversed`, the other way. `within`:
    the largest difference, where it is not that of rounding."""
    return {"name": name, "solver": solver, "options": options or {}, **more, "knots": knots,
            "x": start(knots, more.get("reversed", False)), "draws": list(draws), "states": states}


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


def dpm_fast(calls, eta=None):
    """With noise it asks for one Gaussian more, which it multiplies by 0."""
    sigma_min, sigma_max = 0.05, 9.0
    states, used = [], []
    options = {} if eta is None else {"eta": eta, "s_noise": 1.01}

    def draw(*_):
        used.append(DRAWS[len(used) % len(DRAWS)])
        return used[-1]

    last = sampling.sample_dpm_fast(denoiser, START * sigma_max, sigma_min, sigma_max, calls, disable=True,
                                    callback=lambda info: states.append(info["x"]), noise_sampler=draw, **options)
    steps = calls // 3 + 1
    times = torch.linspace(-torch.tensor(sigma_max).log(), -torch.tensor(sigma_min).log(), steps + 1)
    sigmas = times.neg().exp()
    sigmas[0] = sigma_max
    named = "" if eta is None else f", eta {eta}"
    yield case(f"k-diffusion sample_dpm_fast, {calls} calls{named}", "dpm_solver_fast", sigma_knots(sigmas),
               [*states[1:], last], used[:-1] if eta else [], {"calls": calls, **options})


def dpm_adaptive(order, absolute, first_step, eta=None):
    """With a tolerance that is absolute alone: with a relative one its unit of the error is another."""
    sigma_max, sigma_min = 9.0, 0.05
    used = []
    options = {} if eta is None else {"eta": eta, "s_noise": 1.01}

    def draw(*_):
        used.append(DRAWS[len(used) % len(DRAWS)])
        return used[-1]

    last, info = sampling.sample_dpm_adaptive(denoiser, START * sigma_max, sigma_min, sigma_max, disable=True,
                                              order=order, rtol=0.0, atol=absolute, h_init=first_step,
                                              return_info=True, noise_sampler=draw, **options)
    named = "" if eta is None else f", eta {eta}"
    yield case(f"k-diffusion sample_dpm_adaptive, order {order}, atol {absolute}, h_init {first_step}{named}",
               f"dpm_solver_adaptive<{order}>, arctangent", sigma_knots([sigma_max, sigma_min]), [last],
               used[:-1] if eta else [],
               {"absolute": absolute, "relative": 0.0, "first_step": first_step, "safety": 0.81, **options},
               accepted=info["n_accept"], rejected=info["n_reject"])


def restarted():
    """Heun's method with restarts: the descents are k-diffusion's, put together as in Xu et al. 2023,
    Algorithm 1. (Their own code computes the knots of a restart in float.)"""
    sigmas, times, steps, high = karras_sigmas(8, "to 0"), 2, 3, 3.0
    turn = int((sigmas - 0.4).abs().argmin())
    again = sampling.get_sigmas_karras(steps + 1, float(sigmas[turn]), high)[:-1]
    states = []

    def descend(x, sigmas):
        for k in range(2, len(sigmas) + 1):
            states.append(sampling.sample_heun(denoiser, x, sigmas[:k], disable=True))
        return states[-1]

    x = descend(START * sigmas[0], sigmas[: turn + 1])
    for z in DRAWS[:times]:
        states.append(x + z * (high**2 - sigmas[turn] ** 2) ** 0.5)
        x = descend(states[-1], again)
    descend(x, sigmas[turn:])
    interval = {"sigma_min": 0.4, "sigma_max": high, "times": times, "steps": steps}
    return case("k-diffusion sample_heun, restarted", "heun", sigma_knots(sigmas), states, DRAWS[:times],
                restart=interval)


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
    # Its coefficients come from a quadrature with a relative tolerance of 1e-4, which is exact for the
    # polynomials that it is given.
    for order in (1, 2, 3, 4):
        yield from k_diffusion(f"sample_lms, order {order}", f"lms<{order}>", sampling.sample_lms,
                               theirs={"order": order})
    yield from k_diffusion("sample_dpmpp_2m", "dpm_solver_pp_2m", sampling.sample_dpmpp_2m)
    for eta in (1.0, 0.5):
        yield from k_diffusion(f"sample_dpmpp_2m_sde heun, eta {eta}", "sde_dpm_solver_pp<2>",
                               sampling.sample_dpmpp_2m_sde, True, {"eta": eta, "s_noise": 1.01},
                               {"solver_type": "heun"})
    for eta in (1.0, 0.5, 0.0):
        given = {"eta": eta, "s_noise": 1.01}
        yield from k_diffusion(f"sample_dpmpp_2m_sde midpoint, eta {eta}", "published_sde_dpm_solver_pp_2m",
                               sampling.sample_dpmpp_2m_sde, eta > 0, given)
        yield from k_diffusion(f"sample_dpmpp_3m_sde, eta {eta}", "published_sde_dpm_solver_pp_3m",
                               sampling.sample_dpmpp_3m_sde, eta > 0, given)
    for eta, r in ((1.0, 0.5), (0.5, 0.3), (0.0, 0.7)):
        yield from k_diffusion(f"sample_dpmpp_sde, eta {eta}, r {r}", "dpm_solver_pp_sde",
                               sampling.sample_dpmpp_sde, eta > 0, {"eta": eta, "s_noise": 1.01, "r": r},
                               {"noise_sampler": lambda *_: 0.0} if eta == 0 else None)
    for calls in (7, 8, 9):
        yield from dpm_fast(calls)
        yield from dpm_fast(calls, 0.5)
    yield from dpm_fast(12, 1.0)
    for order in (2, 3):
        for absolute, first_step in ((0.0078, 0.05), (1e-4, 0.05), (1e-5, 2.0)):
            yield from dpm_adaptive(order, absolute, first_step)
        for eta in (1.0, 0.5):
            yield from dpm_adaptive(order, 0.0625, 0.05, eta)
    yield restarted()


# diffusers. Its schedulers round to float here and there, whatever they are given; in their modules
# float32 is made to mean float64.


class Double:
    def __init__(self, module):
        self.module = module

    def __getattr__(self, name):
        return getattr(self.module, "float64" if name == "float32" else name)


CHANGED = {}  # of which module which names: put back at the end


def change(module, **names):
    for name, value in names.items():
        if hasattr(module, name):
            CHANGED.setdefault((module, name), getattr(module, name))
            setattr(module, name, value)


def made_plain(name, **options):
    scheduler = getattr(diffusers, name + "Scheduler")
    change(sys.modules[scheduler.__module__], torch=Double(torch), np=Double(np))
    return scheduler(**options)


def made(name, **options):
    return made_plain(name, beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, **options)


def walked(name, solver, scheduler, knots, at, after=lambda i: True, taken=lambda i: True, options=None,
           given=None, before=lambda i: None, output=mixture.noise, **more):
    """The network is called at the knot at(i) in call i; after(i) tells whether a state is complete, and
    taken(i) whether a Gaussian that the call asked for had a say; before(i) comes before the call."""
    drawn, used, states = iter(DRAWS), [], []
    call = 0

    def draw(*_, **__):
        z = next(drawn)
        if taken(call):
            used.append(z)
        return z[None]

    change(sys.modules[type(scheduler).__module__], randn_tensor=draw)
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(0)
    x = start(knots, more.get("reversed", False))[None]
    for call, t in enumerate(scheduler.timesteps):
        before(call)
        alpha, sigma = (float(value) for value in at(call))
        x = scheduler.step(output(x, alpha, sigma), t, x, **(given or {})).prev_sample
        if after(call):
            states.append(x[0])
    assert len(states) == len(knots) - 1 and states[-1].dtype == torch.float64
    return case(f"diffusers {name}", solver, knots, states, used, options, **more)


STEPS = 8


def at_training_times(name, solver, scheduler, options=None, given=None, end=(1.0, 0.0), **more):
    """Schedulers that read their table of alpha_bar."""
    bars = scheduler.alphas_cumprod
    knots = [[float(t), float(bars[t] ** 0.5), float((1 - bars[t]) ** 0.5)] for t in scheduler.timesteps]
    knots.append([0.0, *end])
    last = len(knots) - 2
    return walked(name, solver, scheduler, knots, lambda i: knots[i][1:], options=options, given=given,
                  taken=lambda i: i < last or end[1] > 0, **more)


def in_lambda(name, solver, scheduler, to_zero, options=None, sigmas=None, every=1, **more):
    """Schedulers of exponential integrators, on sigmas that are handed to them."""
    if sigmas is None:
        sigmas = karras_sigmas(STEPS, "to 0" if to_zero else "to more")
    scheduler.set_timesteps(len(sigmas) - 1)
    scheduler.sigmas = sigmas
    knots = [[0.0, *map(float, scheduler._sigma_to_alpha_sigma_t(sigma))] for sigma in sigmas]
    ends = "to 0" if to_zero else "to more"
    return walked(f"{name}, {ends}", solver, scheduler, knots[::every], lambda i: knots[i][1:],
                  after=lambda i: i % every == every - 1, taken=lambda i: knots[i + 1][2] > 0,
                  options=options, **more)


def in_sigma(name, solver, scheduler, calls=1, draws=True, given=None, options=None):
    """Schedulers that walk in sigma, at alpha = 1; calls: how many a step takes, but for the last."""
    scheduler.set_timesteps(STEPS)
    sigmas = scheduler.sigmas if calls == 1 else torch.cat([scheduler.sigmas[:1], scheduler.sigmas[1::2]])
    if len(sigmas) > STEPS + 1:
        sigmas = sigmas[: STEPS + 1]
    between = getattr(scheduler, "sigmas_interpol", scheduler.sigmas)
    ancestral = hasattr(scheduler, "sigmas_down")

    def at(i):
        return 1.0, between[i - ancestral] if i % calls else scheduler.sigmas[i]

    last = calls * (STEPS - 1)
    return walked(name, solver, scheduler, sigma_knots(sigmas), at, given=given, options=options,
                  after=lambda i: i % calls == calls - 1 or i == last,
                  taken=lambda i: draws and i < last and i % calls == calls - 1)


def inverted(spacing, options):
    """From data to noise: the scheduler's label, and so the network's, is that of the knot where a step
    ends."""
    scheduler = made("DDIMInverse", clip_sample=False, timestep_spacing=spacing, **options)
    scheduler.set_timesteps(STEPS)
    bars = [scheduler.initial_alpha_cumprod, *scheduler.alphas_cumprod[scheduler.timesteps]]
    labels = [-1.0, *map(float, scheduler.timesteps)]
    knots = [[t, float(bar**0.5), float((1 - bar) ** 0.5)] for t, bar in zip(labels, bars)]
    begins = "sigma = 0" if knots[0][2] == 0 else "the least noise"
    return walked(f"DDIMInverse, {spacing}, from {begins}", "ddim_inversion", scheduler, knots,
                  lambda i: knots[i + 1][1:], reversed=True)


def sa_solver(predictor, corrector, tau, to_zero):
    """With order 2 the scheduler adds a term of its own, of third order in h, "for few steps". It is
    taken off again: what is left is Adams' method."""
    scheduler = made("SASolver", predictor_order=predictor, corrector_order=corrector, tau_func=lambda t: tau,
                     lower_order_final=to_zero)
    with_term = scheduler.get_coefficients_fn

    def coefficients(order, start, end, nodes, tau):
        weights = with_term(order, start, end, nodes, tau)
        if order == 2:
            h, rate = end - start, 1 + tau**2
            added = h**2 / 2 - (rate * h - 1 + torch.exp(-rate * h)) / rate**2
            added = added * torch.exp(rate * end) / (nodes[0] - nodes[1])
            weights = [weights[0] - added, weights[1] + added]
        return weights

    scheduler.get_coefficients_fn = coefficients
    result = in_lambda(f"SASolver, orders {predictor} and {corrector}, tau {tau}",
                       f"sa_solver<{predictor}, {corrector}>", scheduler, to_zero, {"tau": tau})
    if tau == 0:
        result["draws"] = []
    return result


def sa_solvers():
    for tau in (0.0, 0.7, 1.0):
        yield sa_solver(1, 1, tau, True)
        yield sa_solver(2, 2, tau, True)
    yield sa_solver(2, 2, 0.7, False)
    for predictor, corrector in ((3, 3), (1, 3), (3, 1)):
        yield sa_solver(predictor, corrector, 0.7, False)


def pndm():
    """Its Runge-Kutta steps halve the time, so it is handed a table in which sigma / alpha is linear in it."""
    steps, scheduler = 10, made_plain("PNDM", skip_prk_steps=False, set_alpha_to_one=True)
    ratio = torch.arange(1, 1001, dtype=torch.float64) * 9.0 / 1000
    scheduler.alphas_cumprod = 1 / (1 + ratio**2)
    scheduler.final_alpha_cumprod = torch.ones((), dtype=torch.float64)
    scheduler.set_timesteps(steps)

    def knot(t):
        bar = scheduler.alphas_cumprod[int(t)]
        return [float(t), float(bar**0.5), float((1 - bar) ** 0.5)]

    times = scheduler.timesteps
    knots = [*map(knot, times[:12:4]), *map(knot, times[12:]), [0.0, 1.0, 0.0]]
    return walked("PNDM", "pndm", scheduler, knots, lambda i: knot(times[i])[1:],
                  after=lambda i: i >= 12 or i % 4 == 3)


def published_pndm(prk, velocity):
    """As it comes, but for the number of training times that a step takes, which must be even to be halved."""
    scheduler = made("PNDM", skip_prk_steps=not prk, steps_offset=1,
                     prediction_type="v_prediction" if velocity else "epsilon")
    scheduler.set_timesteps(10)
    bars, times = scheduler.alphas_cumprod, scheduler.timesteps
    every = [*times[:12:4], *times[12:]] if prk else [times[0], *times[2:]]
    knots = [[float(t), float(bars[t] ** 0.5), float((1 - bars[t]) ** 0.5)] for t in [*every, 0]]
    start = "Runge-Kutta" if prk else "repeated"
    return walked(f"PNDM as published, {start} start{', v' if velocity else ''}",
                  f"published_pndm, {start}{', v' if velocity else ''}", scheduler, knots,
                  lambda i: (bars[times[i]] ** 0.5, (1 - bars[times[i]]) ** 0.5),
                  after=lambda i: (i >= 12 or i % 4 == 3) if prk else i > 0,
                  output=mixture.velocity if velocity else mixture.noise)


def langevin(snr, corrections, samples):
    """Corrections alone, level after level: annealed Langevin dynamics. The samples are rows."""
    scheduler = made_plain("ScoreSdeVe", snr=snr)
    sigmas = karras_sigmas(STEPS, "to more")
    used, drawn, states = [], iter(DRAWS), []

    def draw(shape, **_):
        used.append(next(drawn))
        return used[-1].reshape(shape)

    change(sys.modules[type(scheduler).__module__], randn_tensor=draw)
    scheduler.set_timesteps(STEPS)
    x = (START * sigmas[0]).reshape(samples, -1)
    for sigma in sigmas[:-1]:
        for _ in range(corrections):
            x = scheduler.step_correct(-mixture.noise(x, 1.0, float(sigma)) / sigma, x).prev_sample
        states.append(x.flatten())
    assert states[-1].dtype == torch.float64
    return case(f"diffusers ScoreSdeVe corrector, snr {snr}, {samples} samples",
                "annealed Langevin dynamics, measured", sigma_knots(sigmas), states, used,
                {"snr": snr, "corrections": corrections}, samples=samples)


def in_diffusers():
    for eta in (0.0, 0.5, 1.0):
        scheduler = made("DDIM", clip_sample=False)
        scheduler.set_timesteps(STEPS)
        yield at_training_times(f"DDIM, eta {eta}", "ddim", scheduler, {"eta": eta}, {"eta": eta})
    yield inverted("leading", {"steps_offset": 1})
    yield inverted("trailing", {})
    yield inverted("trailing", {"set_alpha_to_one": False})
    for kind, solver in {"fixed_small": "ddpm", "fixed_large": "ddpm, upper bound"}.items():
        scheduler = made("DDPM", clip_sample=False, variance_type=kind)
        scheduler.set_timesteps(STEPS)
        yield at_training_times(f"DDPM, {kind}", solver, scheduler)

    dpm = partial(made, "DPMSolverMultistep", lower_order_final=False)
    for order, kind, solver in ((2, "midpoint", "dpm_solver_pp_2m"), (2, "heun", "res_multistep"),
                                (3, "midpoint", "published_dpm_solver_pp_3m")):
        for to_zero in (True, False):
            scheduler = dpm(solver_order=order, solver_type=kind)
            if not to_zero:
                scheduler.register_to_config(final_sigmas_type="sigma_min")
            yield in_lambda(f"DPMSolverMultistep dpmsolver++, order {order} {kind}", solver, scheduler, to_zero)
    for order, kind, solver in ((2, "midpoint", "dpm_solver_2m"), (2, "heun", "deis<2>"),
                                (3, "midpoint", "published_dpm_solver_3m")):
        scheduler = dpm(algorithm_type="dpmsolver", solver_order=order, solver_type=kind,
                        final_sigmas_type="sigma_min")
        yield in_lambda(f"DPMSolverMultistep dpmsolver, order {order} {kind}", solver, scheduler, False)
    for order, kind, solver in ((1, "heun", "sde_dpm_solver_pp<1>"), (2, "heun", "sde_dpm_solver_pp<2>"),
                                (2, "midpoint", "published_sde_dpm_solver_pp_2m")):
        for to_zero in (True, False):
            scheduler = dpm(algorithm_type="sde-dpmsolver++", solver_order=order, solver_type=kind,
                            final_sigmas_type="zero" if to_zero else "sigma_min")
            yield in_lambda(f"DPMSolverMultistep sde-dpmsolver++, order {order} {kind}", solver, scheduler,
                            to_zero)

    # Its stages are knots of the grid: they lie where ours do if the grid is even in lambda.
    for algorithm, order, kind, solver in (("dpmsolver++", 2, "midpoint", "dpm_solver_pp_2s"),
                                           ("dpmsolver++", 2, "heun", "res_2s"),
                                           ("dpmsolver", 2, "midpoint", "dpm_solver_2")):
        scheduler = made("DPMSolverSinglestep", algorithm_type=algorithm, solver_order=order,
                         solver_type=kind, lower_order_final=False, final_sigmas_type="sigma_min")
        even = torch.linspace(np.log(9.0), np.log(0.05), 6 * order + 1, dtype=torch.float64).exp()
        yield in_lambda(f"DPMSolverSinglestep {algorithm}, order {order} {kind}", solver, scheduler, False,
                        sigmas=even, every=order)

    # k-diffusion and the authors make the second stage as this scheduler's "heun", the step as "midpoint".
    for algorithm, solver in {"dpmsolver++": "dpm_solver_pp_3s", "dpmsolver": "dpm_solver_3"}.items():
        scheduler = made("DPMSolverSinglestep", algorithm_type=algorithm, solver_order=3,
                         lower_order_final=False, final_sigmas_type="sigma_min")

        def turn(call):
            scheduler.register_to_config(solver_type="heun" if call % 3 == 1 else "midpoint")

        even = torch.linspace(np.log(9.0), np.log(0.05), 16, dtype=torch.float64).exp()
        yield in_lambda(f"DPMSolverSinglestep {algorithm}, order 3", solver, scheduler, False,
                        sigmas=even, every=3, before=turn)

    for order in (1, 2, 3):
        scheduler = made("DEISMultistep", solver_order=order, lower_order_final=False)
        yield in_lambda(f"DEISMultistep, order {order}", f"deis<{order}>", scheduler, False)
    for order in (1, 2, 3):
        for kind in ("bh1", "bh2"):
            # To sigma = 0 the order falls step by step, which from 3 on is another method.
            for to_zero in (True, False) if order < 3 else (False,):
                scheduler = made("UniPCMultistep", solver_order=order, solver_type=kind,
                                 lower_order_final=to_zero,
                                 final_sigmas_type="zero" if to_zero else "sigma_min")
                yield in_lambda(f"UniPCMultistep {kind}, order {order}", f"unipc<{order}>, {kind}",
                                scheduler, to_zero)
    scheduler = made("UniPCMultistep", solver_order=2, solver_type="bh2", lower_order_final=False,
                     final_sigmas_type="sigma_min", disable_corrector=list(range(STEPS)))
    yield in_lambda("UniPCMultistep bh2, order 2, no corrector", "unipc<2>, bh2, predictor", scheduler, False)
    yield from sa_solvers()

    yield in_sigma("EulerDiscrete", "euler", made("EulerDiscrete", use_karras_sigmas=True), draws=False)
    yield in_sigma("EulerAncestralDiscrete", "euler_ancestral", made("EulerAncestralDiscrete"))
    yield in_sigma("HeunDiscrete", "heun", made("HeunDiscrete", use_karras_sigmas=True), 2, False)
    yield in_sigma("KDPM2Discrete", "dpm2", made("KDPM2Discrete", use_karras_sigmas=True), 2, False)
    yield in_sigma("KDPM2AncestralDiscrete", "dpm2_ancestral",
                   made("KDPM2AncestralDiscrete", use_karras_sigmas=True), 2)
    for order in (2, 4):
        yield in_sigma(f"LMSDiscrete, order {order}", f"lms<{order}>",
                       made("LMSDiscrete", use_karras_sigmas=True), 1, False, {"order": order})
    # Handed a table that does not begin at alpha = 0, where the noise prediction says nothing of the data.
    scheduler = made_plain("IPNDM")
    scheduler.set_timesteps(STEPS)
    angles = torch.linspace(1.5, 0.0, STEPS + 1) ** 1.2 / 1.5**0.2
    scheduler.betas, scheduler.alphas = angles.sin(), angles.cos()
    knots = [[0.0, float(a), float(b)] for a, b in zip(scheduler.alphas, scheduler.betas)]
    yield walked("IPNDM", "ipndm<4>", scheduler, knots, lambda i: knots[i][1:], output=mixture.velocity)

    yield pndm()
    for prk in (True, False):
        for velocity in (False, True):
            yield published_pndm(prk, velocity)
    yield langevin(0.16, 1, 1)
    yield langevin(0.3, 2, 3)

    # Labels that gamma takes to labels.
    times = [999, 760, 500, 260, 120]
    for gamma in (0.0, 0.3, 0.5, 1.0):
        scheduler = made("TCD", clip_sample=False)
        scheduler.set_timesteps(timesteps=times)
        bar = scheduler.alphas_cumprod[0]
        end = float(bar**0.5), float((1 - bar) ** 0.5)
        yield at_training_times(f"TCD, gamma {gamma}", "tcd", scheduler, {"gamma": gamma}, {"eta": gamma}, end)
    # Few-step models, whose boundary scalings are undone: what is left of the network is the mixture.
    scheduler = made("LCM", prediction_type="sample")
    scheduler.set_timesteps(6)

    def latent_consistency(x, alpha, sigma):
        t = min(scheduler.timesteps, key=lambda t: abs(scheduler.alphas_cumprod[t] - alpha**2))
        skip, out = scheduler.get_scalings_for_boundary_condition_discrete(t)
        return (mixture.data(x, alpha, sigma) - skip * x) / out

    yield at_training_times("LCM", "consistency_sampler", scheduler, output=latent_consistency)
    steps = made_plain("CMStochasticIterative", clip_denoised=False)
    steps.set_timesteps(STEPS)
    steps.sigmas = karras_sigmas(STEPS, "to 0")

    def consistency(x, alpha, sigma):
        skip, out = steps.get_scalings_for_boundary_condition(sigma)
        return (mixture.data(x, alpha, sigma) - skip * x) / out

    yield walked("CMStochasticIterative", "consistency_sampler", steps, sigma_knots(steps.sigmas),
                 lambda i: (1.0, steps.sigmas[i]), taken=lambda i: i < STEPS - 1, output=consistency,
                 options={"sigma_min": steps.config.sigma_min})
    # The flow, alpha = 1 - sigma, from alpha = 0 on.
    scheduler = made_plain("FlowMatchEulerDiscrete", shift=1.5)
    scheduler.set_timesteps(STEPS)
    knots = [[float(sigma), float(1 - sigma), float(sigma)] for sigma in scheduler.sigmas]

    def flow(x, alpha, sigma):
        return (x - mixture.data(x, alpha, sigma)) / sigma

    yield walked("FlowMatchEulerDiscrete", "euler", scheduler, knots, lambda i: knots[i][1:], output=flow)
    random = made_plain("FlowMatchEulerDiscrete", shift=1.5, stochastic_sampling=True)
    random.set_timesteps(STEPS)
    yield walked("FlowMatchEulerDiscrete, stochastic", "consistency_sampler", random, knots,
                 lambda i: knots[i][1:], output=flow, taken=lambda i: i < STEPS - 1)
    heun = made_plain("FlowMatchHeunDiscrete", shift=1.5)
    heun.set_timesteps(STEPS)
    last = 2 * (STEPS - 1)
    twice = [[float(sigma), float(1 - sigma), float(sigma)] for sigma in heun.sigmas]
    yield walked("FlowMatchHeunDiscrete", "flow_heun", heun, [twice[0], *twice[1::2]], lambda i: twice[i][1:],
                 after=lambda i: i % 2 == 1 or i == last, output=flow)
    for eta in (1.0, 0.5):  # it adds 1e-12 to what it divides by
        ancestral = made_plain("LTXEulerAncestralRF", eta=eta, s_noise=1.01)
        ancestral.set_timesteps(sigmas=scheduler.sigmas)
        ancestral.timesteps = ancestral.timesteps[:-1]
        yield walked(f"LTXEulerAncestralRF, eta {eta}", "euler_ancestral, flow", ancestral, knots,
                     lambda i: knots[i][1:], output=flow, options={"eta": eta, "s_noise": 1.01},
                     within=1e-10)


@contextmanager
def in_double():
    # k-diffusion makes its own numbers in torch's default precision.
    torch.set_default_dtype(torch.float64)
    diffusers.utils.logging.set_verbosity_error()  # inputs are scaled here, labels chosen on purpose
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)
        diffusers.utils.logging.set_verbosity_warning()
        for (module, name), value in CHANGED.items():
            setattr(module, name, value)


def cases():
    with in_double():
        return [*in_k_diffusion(), *in_diffusers()]
