"""Grids: the timesteps and sigmas of the schedulers of diffusers and of k-diffusion, and the formulas in
double precision.

The schedulers keep their tables in float. Here they are handed the same tables in double, so that what
they lay over them can be told from how the table was rounded; they return sigmas in float all the same.
"""

import json
import math
from types import SimpleNamespace

import diffusers
import numpy as np
import scipy.stats
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_img2img import (
    StableDiffusionImg2ImgPipeline,
)
from diffusers.pipelines.stable_diffusion_3.pipeline_stable_diffusion_3_img2img import (
    StableDiffusion3Img2ImgPipeline,
)
from diffusers.schedulers.scheduling_utils import AysSchedules
from k_diffusion import sampling

STEPS = [1, 2, 5, 10, 20, 33, 50]
FEW = [2, 7, 20]

BETAS = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
BARS = torch.cumprod(1 - BETAS, 0)
SIGMAS = (((1 - BARS) / BARS) ** 0.5).numpy()
LOGS = np.log(SIGMAS)


def in_double(scheduler, bars=BARS):
    scheduler.alphas_cumprod = bars.clone()
    scheduler.lambda_t = 0.5 * (bars.log() - (1 - bars).log())
    return scheduler


def made(name, **options):
    options = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, **options}
    return in_double(getattr(diffusers, name + "Scheduler")(**options))


def case(recipe, steps, **results):
    return {"name": f"{recipe}, {steps}", "recipe": recipe, "steps": steps, **results}


def laid(recipe, scheduler, counts, labels_only=False, **given):
    for steps in counts:
        if steps == 1 and scheduler.config.get("timestep_spacing") == "linspace":
            continue  # of a single point NumPy gives the data end, where there is nothing to denoise
        scheduler.set_timesteps(steps, **given)
        labels = scheduler.timesteps
        if labels_only:
            yield case(recipe, steps, labels=labels)
            continue
        sigmas = scheduler.sigmas
        if len(labels) == 2 * steps - 1 and steps > 1:  # Heun's come twice, but for the first
            labels = torch.cat([labels[:1], labels[1::2]])
            sigmas = torch.cat([sigmas[:1], sigmas[1:-1:2], sigmas[-1:]])
        yield case(recipe, steps, precision="float", labels=labels, sigmas=sigmas)


def training_times():
    for spacing in ("trailing", "leading", "linspace"):
        for name in ("DDIM", "DDPM"):
            yield from laid(f"{name} {spacing}", made(name, timestep_spacing=spacing), STEPS, True)
        for name in ("DPMSolverMultistep", "UniPCMultistep"):
            yield from laid(f"{name} {spacing}", made(name, timestep_spacing=spacing), FEW)
        yield from laid(f"DPM {spacing} to sigma_min",
                        made("DPMSolverMultistep", timestep_spacing=spacing, final_sigmas_type="sigma_min"),
                        [2, 7])
        for name in ("EulerDiscrete", "EulerAncestralDiscrete", "HeunDiscrete", "LMSDiscrete"):
            yield from laid(f"{name} {spacing}", made(name, timestep_spacing=spacing),
                            STEPS if name == "EulerDiscrete" else [2, 7])
    yield from laid("DDIM leading, offset 1", made("DDIM", steps_offset=1, timestep_spacing="leading"),
                    FEW, True)
    yield from laid("DPM leading, offset 1",
                    made("DPMSolverMultistep", timestep_spacing="leading", steps_offset=1), FEW)
    cosine = torch.tensor([math.cos((t / 1000 + 0.008) / 1.008 * math.pi / 2) ** 2 for t in range(1001)],
                          dtype=torch.float64)
    bars = torch.cumprod(1 - torch.minimum(1 - cosine[1:] / cosine[:-1], torch.tensor(0.999)), 0)
    for spacing in ("leading", "linspace"):
        clipped = diffusers.DPMSolverMultistepScheduler(
            beta_schedule="squaredcos_cap_v2", lambda_min_clipped=-5.1, timestep_spacing=spacing)
        yield from laid(f"DPM {spacing}, clipped", in_double(clipped, bars), FEW, True)
    yield from laid("CogVideoX trailing", made("CogVideoXDDIM", timestep_spacing="trailing"), FEW, True)
    for name in ("LCM", "TCD"):
        yield from laid(name, made(name), [1, 2, 4, 7, 8, 33, 50], True)
        yield from laid(f"{name}, strength 0.6", made(name), [1, 4, 7], True, strength=0.6)
    for steps in STEPS:
        stride = 1000 / steps
        yield case("simple", steps, labels=[999 - int(i * stride) for i in range(steps)])


def in_sigma():
    for name in ("DPMSolverMultistep", "UniPCMultistep", "EulerDiscrete", "HeunDiscrete", "LMSDiscrete"):
        for kind in ("karras", "exponential", "beta"):
            counts = STEPS if (name, kind) == ("EulerDiscrete", "karras") else [2, 7]
            if name in ("DPMSolverMultistep", "EulerDiscrete"):
                counts = [*counts, 20]
            options = {f"use_{kind}_sigmas": True, "timestep_spacing": "linspace"}
            yield from laid(f"{name} {kind}", made(name, **options), sorted(set(counts)))
    yield from laid("DPM lu", made("DPMSolverMultistep", use_lu_lambdas=True), FEW)
    yield from laid("Euler karras, leading",
                    made("EulerDiscrete", use_karras_sigmas=True, timestep_spacing="leading"), FEW)
    # Here torch computes in its default precision, and powers and exponentials multiply its rounding.
    torch.set_default_dtype(torch.float64)
    for kind in ("karras", "exponential"):
        edm = diffusers.EDMEulerScheduler(sigma_schedule=kind)
        cosine = diffusers.CosineDPMSolverMultistepScheduler(sigma_schedule=kind)
        yield from laid(f"EDM {kind}", edm, FEW)
        yield from laid(f"Cosine {kind}", cosine, FEW)
    for steps in FEW:
        for recipe, sigmas in {
            "k karras": sampling.get_sigmas_karras(steps, 0.03, 14.0),
            "k karras, rho 3": sampling.get_sigmas_karras(steps, 0.03, 14.0, rho=3.0),
            "k exponential": sampling.get_sigmas_exponential(steps, 0.03, 14.0),
            "k polyexponential": sampling.get_sigmas_polyexponential(steps, 0.03, 14.0, rho=2.0),
            "k vp": sampling.get_sigmas_vp(steps),
        }.items():
            yield case(recipe, steps, sigmas=sigmas)
    torch.set_default_dtype(torch.float32)


def interpolated(t):
    return np.exp(np.interp(t, np.arange(1000), LOGS))


def log_linear(table, count):
    table = np.array(table)
    places = np.linspace(0, 1, len(table))
    return np.exp(np.interp(np.linspace(0, 1, count), places, np.log(table[::-1])))[::-1]


def formulas():
    high, low = SIGMAS[-1], SIGMAS[0]
    for steps in (2, 7, 33):
        u = np.linspace(0, 1, steps)
        v = np.linspace(0, 1, steps + 1)
        beta = scipy.stats.beta.ppf(1 - u, 0.6, 0.6)
        comfy = scipy.stats.beta.ppf(1 - np.linspace(0, 1, steps, endpoint=False), 0.6, 0.6)
        bent = scipy.stats.beta.ppf(1 - u, 2.0, 0.7)
        quadratic = np.linspace(1000**0.5, 1, steps + 1) ** 2 - 1
        for recipe, sigmas in {
            "karras": [*(high ** (1 / 7) + u * (low ** (1 / 7) - high ** (1 / 7))) ** 7, 0],
            "karras to sigma_min": (high ** (1 / 7) + v * (low ** (1 / 7) - high ** (1 / 7))) ** 7,
            "exponential": [*np.exp(np.linspace(math.log(high), math.log(low), steps)), 0],
            "polyexponential": [*np.exp((1 - u) ** 2 * math.log(high / low) + math.log(low)), 0],
            "kl_optimal": [*np.tan(u * math.atan(low) + (1 - u) * math.atan(high)), 0],
            "kl_optimal to sigma_min": np.tan(v * math.atan(low) + (1 - v) * math.atan(high)),
            "beta of sigmas": [*(low + beta * (high - low)), 0],
            "beta of sigmas, 2 and 0.7": [*(low + bent * (high - low)), 0],
        }.items():
            yield case(recipe, steps, sigmas=sigmas)
        for recipe, labels in {
            "beta of times": comfy * 999,
            "beta of times, rounded": np.rint(comfy * 999),
            "sgm_uniform": np.linspace(999, 0, steps + 1)[:-1],
            "normal": np.linspace(999, 0, steps),
        }.items():
            yield case(recipe, steps, labels=labels, sigmas=[*interpolated(labels), 0])
        # With log alpha linear between the times: DPM-Solver.
        for recipe, labels in {"time_uniform": np.linspace(999, 0, steps + 1), "time_quadratic": quadratic}.items():
            log_alphas = np.interp(labels, np.arange(1000), 0.5 * BARS.log().numpy())
            yield case(recipe, steps, labels=labels, sigmas=(np.expm1(-2 * log_alphas)) ** 0.5)
    ays = {"sd15": AysSchedules["StableDiffusionSigmas"], "sdxl": AysSchedules["StableDiffusionXLSigmas"],
           "svd": AysSchedules["StableDiffusionVideoSigmas"]}
    least = {"sd15": 0.029, "sdxl": 0.029, "svd": 0.002}
    gits = json.loads(GITS)
    for steps in (1, 5, 10, 20):
        for network, table in ays.items():
            sigmas = table if steps == 10 else [*log_linear([*table[:-1], least[network]], steps + 1)[:-1], 0]
            yield case(f"align your steps, {network}", steps, sigmas=sigmas)
    for row in gits["1.2"]:
        yield case("gits", len(row) - 1, sigmas=[*row[:-1], 0])
    yield case("gits", 33, sigmas=[*log_linear(gits["1.2"][-1], 34)[:-1], 0])
    # Of every table: the sum over its rows i and entries j of (i + 1) (j + 1) log sigma.
    yield {"name": "gits, all", "recipe": "gits, all", "steps": 0, "sums": gits["sums"]}


def flows():
    def flow(recipe, counts=FEW, mu=None, own=False, **options):
        scheduler = diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=mu is not None, **options)
        for steps in counts:
            given = {"sigmas": np.linspace(1.0, 1 / steps, steps)} if own else {"num_inference_steps": steps}
            scheduler.set_timesteps(mu=mu, **given)
            inverted = "alphas" if options.get("invert_sigmas") else "sigmas"
            yield case(recipe, steps, precision="float", labels=scheduler.timesteps,
                       **{inverted: scheduler.sigmas})

    mu = (1024 - 256) * (1.15 - 0.5) / (4096 - 256) + 0.5
    yield from flow("flow", STEPS)
    yield from flow("flow, shift 3", STEPS, shift=3.0)
    yield from flow("flow, dynamic", STEPS, mu, True)
    yield from flow("flow, dynamic linear", FEW, mu, True, time_shift_type="linear")
    yield from flow("flow, dynamic, to 0.1", FEW, mu, True, shift_terminal=0.1)
    yield from flow("flow, inverted", FEW, mu, True, invert_sigmas=True)
    for kind in ("karras", "exponential", "beta"):
        yield from flow(f"flow, dynamic {kind}", FEW, mu, True, **{f"use_{kind}_sigmas": True})
    for name in ("DPMSolverMultistep", "UniPCMultistep"):
        options = {"use_flow_sigmas": True, "flow_shift": 3.0, "prediction_type": "flow_prediction"}
        yield from laid(f"{name} flow", made(name, **options), FEW)


def strengths():
    for recipe, pipeline in {"strength": StableDiffusionImg2ImgPipeline,
                             "strength, parts": StableDiffusion3Img2ImgPipeline}.items():
        for steps in (1, 7, 10, 33, 50):
            taken = {}
            for strength in (0.1, 0.29, 0.3, 0.58, 0.6, 0.75, 0.8, 0.999, 1.0):
                scheduler = SimpleNamespace(timesteps=list(range(steps)), order=1)
                own = SimpleNamespace(scheduler=scheduler)
                taken[str(strength)] = pipeline.get_timesteps(own, steps, strength, "cpu")[1]
            yield {"name": f"{recipe}, {steps}", "recipe": recipe, "steps": steps, "taken": taken}


def quantiles():
    for alpha, beta in ((0.6, 0.6), (0.5, 0.5), (1.0, 1.0), (2.0, 3.0), (0.1, 0.7), (20.0, 30.0), (1.0, 0.3)):
        p = [1e-10, 1e-5, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1 - 1e-6]
        yield {"name": f"Beta({alpha}, {beta})", "recipe": "quantiles", "steps": 0, "alpha": alpha,
               "beta": beta, "p": p, "x": scipy.stats.beta.ppf(p, alpha, beta)}


def resampling():
    """The times of RePaint's walk; where they rise it adds noise."""
    scheduler = diffusers.RePaintScheduler()
    for steps, length, samples in ((250, 10, 10), (50, 10, 3), (21, 10, 4), (20, 10, 2), (11, 10, 5), (25, 7, 3),
                                   (9, 1, 2), (6, 2, 1), (2, 1, 3)):
        scheduler.set_timesteps(steps, jump_length=length, jump_n_sample=samples)
        yield {"name": f"resampled, {steps}, {length}, {samples}", "recipe": "resampled", "steps": steps,
               "jump_length": length, "jump_samples": samples, "labels": scheduler.timesteps}


def cases():
    return [*quantiles(), *training_times(), *in_sigma(), *formulas(), *flows(), *strengths(), *resampling()]


# Chen et al. 2024, as published with ComfyUI's GITSScheduler: the walks of coefficient 1.2, and what
# the tables of all coefficients sum up to.
GITS = """{"1.2": [
[14.61464119, 0.803307, 0.02916753], [14.61464119, 1.56271636, 0.52423614, 0.02916753], [14.61464119,
2.36326075, 0.92192322, 0.36617002, 0.02916753], [14.61464119, 2.84484982, 1.24153244, 0.59516323,
0.25053367, 0.02916753], [14.61464119, 5.85520077, 2.05039096, 0.95350921, 0.45573691, 0.17026083,
0.02916753], [14.61464119, 5.85520077, 2.45070267, 1.24153244, 0.64427125, 0.29807833, 0.09824532,
0.02916753], [14.61464119, 5.85520077, 2.45070267, 1.36964464, 0.803307, 0.45573691, 0.25053367,
0.09824532, 0.02916753], [14.61464119, 5.85520077, 2.84484982, 1.61558151, 0.95350921, 0.59516323,
0.36617002, 0.19894916, 0.09824532, 0.02916753], [14.61464119, 5.85520077, 2.84484982, 1.67050016,
1.08895338, 0.74807048, 0.50118381, 0.32104823, 0.19894916, 0.09824532, 0.02916753], [14.61464119,
5.85520077, 2.95596409, 1.84880662, 1.24153244, 0.83188516, 0.59516323, 0.41087446, 0.27464288,
0.17026083, 0.09824532, 0.02916753], [14.61464119, 5.85520077, 3.07277966, 1.98035145, 1.36964464,
0.95350921, 0.69515091, 0.50118381, 0.36617002, 0.25053367, 0.17026083, 0.09824532, 0.02916753],
[14.61464119, 6.77309084, 3.46139455, 2.36326075, 1.56271636, 1.08895338, 0.803307, 0.59516323,
0.45573691, 0.34370604, 0.25053367, 0.17026083, 0.09824532, 0.02916753], [14.61464119, 6.77309084,
3.46139455, 2.45070267, 1.61558151, 1.162866, 0.86115354, 0.64427125, 0.50118381, 0.38853383, 0.29807833,
0.22545385, 0.17026083, 0.09824532, 0.02916753], [14.61464119, 7.49001646, 4.65472794, 3.07277966,
2.12350607, 1.51179266, 1.08895338, 0.83188516, 0.64427125, 0.50118381, 0.38853383, 0.29807833,
0.22545385, 0.17026083, 0.09824532, 0.02916753], [14.61464119, 7.49001646, 4.65472794, 3.07277966,
2.12350607, 1.51179266, 1.08895338, 0.83188516, 0.64427125, 0.50118381, 0.41087446, 0.32104823,
0.25053367, 0.19894916, 0.13792117, 0.09824532, 0.02916753], [14.61464119, 7.49001646, 4.65472794,
3.07277966, 2.12350607, 1.51179266, 1.08895338, 0.83188516, 0.64427125, 0.50118381, 0.41087446,
0.34370604, 0.27464288, 0.22545385, 0.17026083, 0.13792117, 0.09824532, 0.02916753], [14.61464119,
7.49001646, 4.65472794, 3.07277966, 2.19988537, 1.61558151, 1.20157266, 0.92192322, 0.72133851,
0.57119018, 0.45573691, 0.36617002, 0.29807833, 0.25053367, 0.19894916, 0.17026083, 0.13792117,
0.09824532, 0.02916753], [14.61464119, 7.49001646, 4.65472794, 3.07277966, 2.19988537, 1.61558151,
1.24153244, 0.95350921, 0.74807048, 0.59516323, 0.4783645, 0.38853383, 0.32104823, 0.27464288,
0.22545385, 0.19894916, 0.17026083, 0.13792117, 0.09824532, 0.02916753], [14.61464119, 7.49001646,
4.65472794, 3.07277966, 2.19988537, 1.61558151, 1.24153244, 0.95350921, 0.74807048, 0.59516323,
0.50118381, 0.41087446, 0.34370604, 0.29807833, 0.25053367, 0.22545385, 0.19894916, 0.17026083,
0.13792117, 0.09824532, 0.02916753]
], "sums": {
"0.8": 25866.443759707035, "0.85": 21558.75506286001, "0.9": 14558.782662698311, "0.95":
4858.180973481665, "1.0": -7202.65506260725, "1.05": -14922.979105155671, "1.1": -20994.798278367532,
"1.15": -27307.394455004036, "1.2": -30368.069355851618, "1.25": -34117.61843745169, "1.3":
-35665.68701769643, "1.35": -37428.189270407085, "1.4": -38781.01249327153, "1.45": -39317.36758692988,
"1.5": -39858.9973818469
}}"""
