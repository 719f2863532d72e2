"""Trajectories of samplers that ComfyUI alone has, with the exact network of mixture.py, in double.

ComfyUI is no package: COMFYUI names a checkout of Comfy-Org/ComfyUI (a125cd84), of which comfy/k_diffusion is
run. Samplers under CFG++ are given the unconditional prediction that is exact for N(-0.1, 0.6^2).
"""

import os
import pathlib
import sys
import types

import torch

import mixture
from solvers import DRAWS, START, case, karras_sigmas, sigma_knots


def original():
    """comfy.k_diffusion.sampling, without the rest of ComfyUI, of which it asks two things."""
    if "COMFYUI" not in os.environ:
        raise SystemExit("comfyui.py: set COMFYUI to a checkout of Comfy-Org/ComfyUI")
    package = types.ModuleType("comfy")
    package.__path__ = [str(pathlib.Path(os.environ["COMFYUI"]) / "comfy")]
    patcher, sampling = types.ModuleType("comfy.model_patcher"), types.ModuleType("comfy.model_sampling")
    patcher.set_model_options_post_cfg_function = lambda options, f, **_: {"post": f}
    sampling.CONST = type("CONST", (), {})
    package.model_patcher, package.model_sampling = patcher, sampling
    sys.modules.update({"comfy": package, "comfy.model_patcher": patcher, "comfy.model_sampling": sampling})
    # Of its utilities the samplers take one, and they import half a training script.
    utilities = types.ModuleType("comfy.k_diffusion.utils")
    utilities.append_dims = lambda x, dims: x[(...,) + (None,) * (dims - x.ndim)]
    sys.modules["comfy.k_diffusion.utils"] = utilities
    import comfy.k_diffusion.sampling as samplers
    return samplers


def unconditional(x, sigma):
    return -0.1 + 0.36 / (0.36 + sigma * sigma) * (x + 0.1)


class Model:
    """Guided, as a sampler calls it."""

    class inner_model:
        class model_patcher:
            @staticmethod
            def get_model_object(name):
                return None

    def __call__(self, x, sigma, model_options=None, **_):
        data = mixture.data(x, 1.0, sigma[0])
        if model_options:
            data = model_options["post"]({"denoised": data, "uncond_denoised": unconditional(x, sigma[0])})
        return data


def walks(name, solver, sampler, draws=False, options=None, theirs=None, ends=("to 0", "to more"), behind=0,
          **more):
    for end in ends:
        sigmas = karras_sigmas(8, end).double()
        states = []
        # SA-Solver returns the last state that it has corrected, one knot before the end.
        walk = torch.cat([sigmas, sigmas[-1:] / 2]) if behind else sigmas
        for k in range(1, len(sigmas)):
            taken, used = iter(DRAWS), []

            def draw(low, high):
                used.append(next(taken))
                return used[-1]

            own = dict(theirs or {})
            own.update({key: value for key, value in (options or {}).items() if key not in ("tau", "gamma")})
            if draws is not None:
                own["noise_sampler"] = draw
            states.append(sampler(Model(), START * sigmas[0], walk[: k + 1 + behind], disable=True, **own))
        yield case(f"ComfyUI {name}, {end}", solver, sigma_knots(sigmas), states,
                   used[: len(used) - behind] if draws else [], options,
                   **more)


def cases():
    samplers = original()
    for eta, r in ((1.0, 0.5), (0.5, 0.3), (0.0, 0.5)):
        yield from walks(f"sample_seeds_2, eta {eta}, r {r}", "seeds<2>", samplers.sample_seeds_2, eta > 0,
                         {"eta": eta, "s_noise": 1.01, "r": r})
    for eta in (1.0, 0.5):
        yield from walks(f"sample_seeds_3, eta {eta}", "seeds<3>", samplers.sample_seeds_3, eta > 0,
                         {"eta": eta, "s_noise": 1.01})
    # To the data its order falls a step earlier than falling_steps has it.
    for tau in (0.0, 0.7, 1.0):
        for predictor, corrector in ((3, 4), (2, 2), (1, 3)):
            yield from walks(f"sample_sa_solver_pece, orders {predictor} and {corrector}, tau {tau}",
                             f"sa_solver_pece<{predictor}, {corrector}>", samplers.sample_sa_solver_pece, tau > 0,
                             {"tau": tau},
                             {"tau_func": lambda sigma, tau=tau: tau, "predictor_order": predictor,
                              "corrector_order": corrector}, ends=("to more",), behind=1)
    for eta in (1.0, 0.5):
        given = {"eta": eta, "s_noise": 1.01}
        yield from walks(f"sample_res_multistep_ancestral, eta {eta}", "res_multistep_ancestral",
                         samplers.sample_res_multistep_ancestral, True, given)
        yield from walks(f"sample_res_multistep_ancestral_cfg_pp, eta {eta}", "res_multistep_cfg_pp",
                         samplers.sample_res_multistep_ancestral_cfg_pp, True, given, guided=True)
        yield from walks(f"sample_dpmpp_2s_ancestral_cfg_pp, eta {eta}", "published_dpm_solver_pp_2s_ancestral_cfg_pp",
                         samplers.sample_dpmpp_2s_ancestral_cfg_pp, True, given, guided=True)
        yield from walks(f"sample_euler_ancestral_cfg_pp, eta {eta}", "euler_ancestral_cfg_pp",
                         samplers.sample_euler_ancestral_cfg_pp, True, given, guided=True)
    yield from walks("sample_res_multistep_cfg_pp", "res_multistep_cfg_pp", samplers.sample_res_multistep_cfg_pp,
                     False, guided=True)
    yield from walks("sample_dpmpp_2m_cfg_pp", "dpm_solver_pp_2m_cfg_pp", samplers.sample_dpmpp_2m_cfg_pp, None,
                     guided=True)
    for gamma in (2.0, 1.5):
        yield from walks(f"sample_gradient_estimation_cfg_pp, gamma {gamma}", "gradient_estimation_cfg_pp",
                         samplers.sample_gradient_estimation_cfg_pp, None, {"gamma": gamma}, {"ge_gamma": gamma},
                         guided=True)
