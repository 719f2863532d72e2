"""Conversions of what a network predicts: diffusers' multistep DPM-Solver, its EDM, consistency and
latent consistency schedulers, k-diffusion's preconditioners, and dynamic thresholding.

The schedulers' tables are replaced by double ones, so that everything here is computed in double
unless the case says otherwise. "x" and "output" of all cases are those of the case "inputs"."""

import torch
from diffusers import (CMStochasticIterativeScheduler, DPMSolverMultistepScheduler, EDMEulerScheduler,
                       LCMScheduler)
from k_diffusion.external import VDenoiser
from k_diffusion.layers import Denoiser

SHAPE = (2, 1, 3, 5)  # diffusers counts samples along the first axis, and flattens the others
SIGMAS = (14.6, 1.3, 0.07)  # relative to alpha


def inputs():
    generator = torch.Generator().manual_seed(20)
    draw = lambda: torch.randn(SHAPE, generator=generator, dtype=torch.float64)
    return 1.7 * draw(), draw()


def flat(tensor):
    return tensor.reshape(SHAPE[0], -1)


def multistep(sigma, **config):
    scheduler = DPMSolverMultistepScheduler(**config)
    scheduler.set_timesteps(4)
    scheduler.sigmas = torch.tensor([sigma, 0.0], dtype=torch.float64)
    scheduler._step_index = 0
    return scheduler


def conversion_cases(x, output):
    for algorithm in ("dpmsolver++", "dpmsolver"):
        for prediction in ("epsilon", "sample", "v_prediction", "flow_prediction"):
            flows = prediction == "flow_prediction"
            if flows and algorithm == "dpmsolver":
                continue  # the original refuses it
            for sigma in (0.93, 0.4, 0.05) if flows else SIGMAS:
                scheduler = multistep(sigma, algorithm_type=algorithm, prediction_type=prediction,
                                      use_flow_sigmas=flows, final_sigmas_type="sigma_min")
                alpha_t, sigma_t = scheduler._sigma_to_alpha_sigma_t(scheduler.sigmas[0])
                yield {"name": f"diffusers {algorithm} {prediction} {sigma}", "original": "multistep",
                       "algorithm": algorithm, "prediction": prediction,
                       "alpha": alpha_t.item(), "sigma": sigma_t.item(),
                       "converted": flat(scheduler.convert_model_output(output, sample=x))}


def thresholded_cases(x, output):
    for algorithm in ("dpmsolver++", "dpmsolver"):
        for quantile, largest in ((0.995, 1.0), (0.8, 100.0), (0.9, 1.5)):
            scheduler = multistep(1.3, algorithm_type=algorithm, thresholding=True,
                                  dynamic_thresholding_ratio=quantile, sample_max_value=largest,
                                  final_sigmas_type="sigma_min")
            alpha_t, sigma_t = scheduler._sigma_to_alpha_sigma_t(scheduler.sigmas[0])
            yield {"name": f"diffusers {algorithm} thresholded {quantile} {largest}",
                   "original": "thresholded", "algorithm": algorithm, "quantile": quantile,
                   "max": largest, "alpha": alpha_t.item(), "sigma": sigma_t.item(),
                   "converted": flat(scheduler.convert_model_output(output, sample=x))}


def threshold_cases(x):
    for dtype, precision in ((torch.float64, "double"), (torch.float32, "float")):
        for quantile in (0.0, 0.5, 0.87, 0.995, 1.0):
            for largest in (1.0, 1.8, 1e6):
                scheduler = DPMSolverMultistepScheduler(
                    thresholding=True, dynamic_thresholding_ratio=quantile, sample_max_value=largest)
                D = (1.6 * x).to(dtype)
                yield {"name": f"threshold {precision} {quantile} {largest}", "original": "threshold",
                       "precision": precision, "quantile": quantile, "max": largest,
                       "data": flat(D), "thresholded": flat(scheduler._threshold_sample(D))}


def edm_cases(x, output):
    for sigma in SIGMAS:
        s = torch.tensor(sigma, dtype=torch.float64)
        edm = EDMEulerScheduler(sigma_data=0.5)
        yield {"name": f"diffusers EDM {sigma}", "original": "edm", "sigma": sigma, "sigma_data": 0.5,
               "input": flat(edm.precondition_inputs(x, s)), "label": edm.precondition_noise(s).item(),
               "data": flat(edm.precondition_outputs(x, output, s))}
        see = []

        def inner(scaled, _):
            see.append(scaled)
            return output

        levels = s.repeat(SHAPE[0])
        data = Denoiser(inner, sigma_data=0.7)(x, levels)
        yield {"name": f"k-diffusion Denoiser {sigma}", "original": "denoiser", "sigma": sigma,
               "sigma_data": 0.7, "input": flat(see[-1]), "data": flat(data)}
        data = VDenoiser(inner)(x, levels)
        yield {"name": f"k-diffusion VDenoiser {sigma}", "original": "v_denoiser", "sigma": sigma,
               "input": flat(see[-1]), "data": flat(data)}


def consistency_cases(x, output):
    for sigma in (80.0, 2.5, 0.05, 0.002):
        scheduler = CMStochasticIterativeScheduler()
        scheduler.sigmas = torch.tensor([sigma, 0.0], dtype=torch.float64)
        scheduler._step_index = 0
        s = scheduler.sigmas[0]
        c_skip, c_out = scheduler.get_scalings_for_boundary_condition(s)
        yield {"name": f"consistency {sigma}", "original": "consistency", "sigma": sigma,
               "c_skip": c_skip.item(), "c_out": c_out.item(),
               "label": float(scheduler.sigma_to_t(sigma)),
               "input": flat(scheduler.scale_model_input(x, None)),
               "data": flat(c_out * output + c_skip * x)}


def latent_consistency_cases(x, output):
    for prediction in ("epsilon", "sample", "v_prediction"):
        for index in (0, 2, 3):
            scheduler = LCMScheduler(prediction_type=prediction, clip_sample=False)
            scheduler.alphas_cumprod = torch.cumprod(1 - scheduler.betas.double(), 0)
            scheduler.set_timesteps(4)
            t = scheduler.timesteps[index].item()  # a tensor would make the scalings float
            alpha_bar = scheduler.alphas_cumprod[t].item()
            c_skip, c_out = scheduler.get_scalings_for_boundary_condition_discrete(t)
            generator = torch.Generator().manual_seed(1)
            data = scheduler.step(output, t, x, generator=generator, return_dict=False)[1]
            yield {"name": f"latent consistency {prediction} {t}",
                   "original": "latent_consistency", "prediction": prediction, "t": t,
                   "alpha": alpha_bar**0.5, "sigma": (1 - alpha_bar) ** 0.5,
                   "c_skip": c_skip, "c_out": c_out, "data": flat(data)}


def cases():
    x, output = inputs()
    yield {"name": "inputs", "original": "inputs", "x": flat(x), "output": flat(output)}
    yield from conversion_cases(x, output)
    yield from thresholded_cases(x, output)
    yield from threshold_cases(x)
    yield from edm_cases(x, output)
    yield from consistency_cases(x, output)
    yield from latent_consistency_cases(x, output)
