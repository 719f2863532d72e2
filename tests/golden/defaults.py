"""Trajectories of diffusers' schedulers as they come: in their default configurations, where the library
has them. What solvers.py sets apart is what it compares; here clipping, lower orders at the end and each
scheduler's own knots stay as a user gets them."""

import mixture
import solvers
from solvers import STEPS, at_training_times, made_plain, walked


def clipped():
    """What bounds the data prediction by default. DDIM keeps the network's noise prediction beside it, unless
    told otherwise. (TCD has the option clip_sample, and never clips.)"""
    for name, solver, scheduler, given, more in (
            ("DDPM", "ddpm, clipped", made_plain("DDPM"), None, {"clip": 1.0}),
            ("DDPM, clip_sample_range 0.5", "ddpm, clipped", made_plain("DDPM", clip_sample_range=0.5), None,
             {"clip": 0.5}),
            ("DDIM, use_clipped_model_output", "ddim, clipped", made_plain("DDIM"),
             {"use_clipped_model_output": True}, {"clip": 1.0}),
            ("DDIM", "ddim, clipped, noise as predicted", made_plain("DDIM"), None, {"clip": 1.0}),
            ("DDIM, clip_sample_range 0.5", "ddim, clipped, noise as predicted",
             made_plain("DDIM", clip_sample_range=0.5), None, {"clip": 0.5}),
            ("DDIM, clip_sample_range 0.5, eta 0.6", "ddim, clipped, noise as predicted",
             made_plain("DDIM", clip_sample_range=0.5), {"eta": 0.6}, {"clip": 0.5, "options": {"eta": 0.6}})):
        scheduler.set_timesteps(STEPS)
        yield at_training_times(f"{name}, as it comes", solver, scheduler, given=given, **more)


def multistep(name, solver, **options):
    """On its own knots, which end at sigma = 0."""
    scheduler = made_plain(name, **options)
    scheduler.set_timesteps(STEPS)
    knots = [[float(t), *map(float, scheduler._sigma_to_alpha_sigma_t(sigma))]
             for t, sigma in zip([*scheduler.timesteps, 0], scheduler.sigmas)]
    words = "".join(f", {option}" for option in options)
    return walked(f"{name}{words}, as it comes", solver, scheduler, knots, lambda i: knots[i][1:])


def edm_output(scheduler):
    """The raw network of Karras et al. 2022 whose preconditioned output is the mixture's."""
    def output(x, alpha, sigma):
        data = scheduler.config.sigma_data
        skip = data**2 / (sigma**2 + data**2)
        out = sigma * data / (sigma**2 + data**2) ** 0.5
        return (mixture.data(x, alpha, sigma) - skip * x) / out

    return output


def edm(name, solver):
    scheduler = made_plain(name)
    scheduler.set_timesteps(STEPS)
    return walked(f"{name}, as it comes", solver, scheduler, solvers.sigma_knots(scheduler.sigmas),
                  lambda i: (1.0, float(scheduler.sigmas[i])), output=edm_output(scheduler))


def cases():
    with solvers.in_double():
        made = [*clipped(),
                multistep("DPMSolverMultistep", "dpm_solver_pp_2m"),
                multistep("DPMSolverMultistep", "dpm_solver_pp_2m", use_karras_sigmas=True),
                multistep("UniPCMultistep", "unipc<2>, bh2"),
                edm("EDMEuler", "euler"),
                edm("EDMDPMSolverMultistep", "dpm_solver_pp_2m")]
        for name, solver in {"EulerDiscrete": "euler", "LMSDiscrete": "lms<4>"}.items():
            made.append(solvers.in_sigma(f"{name}, as it comes", solver, made_plain(name), draws=False))
        made.append(solvers.in_sigma("HeunDiscrete, as it comes", "heun", made_plain("HeunDiscrete"), 2, False))
        return made
