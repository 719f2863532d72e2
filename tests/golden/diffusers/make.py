"""What pipelines of diffusers get: for each configuration, the network's labels and the sample, by the running
original. `make.py [name ..]` reads configurations/NAME.json and writes results/NAME.json.

A case is {"name", "config": a scheduler_config.json, "asked": the arguments of set_timesteps, with strength for
image to image and "step" for the options of step, "class": another class than the file's, "edit": true, "map": true for a network of two labels,
"begin": true for a pipeline that says set_begin_index(0): others go by the first label, and stumble where the second
is the same, "denoise": true for a walk from the picture to noise, "within32" and "within64": how near a rerun
comes where the original is ill-conditioned, or in words why it is compared in double alone}. The
network knows nothing but x and the label. It is run twice: as the original is, in float, and with float64 where
its code says float32, so that the two tell a rounding from a difference.
"""

import inspect
import json
import pathlib
import sys

import diffusers
import numpy as np
import torch
from diffusers.schedulers import scheduling_consistency_decoder, scheduling_flow_match_euler_discrete  # noqa: F401

HERE = pathlib.Path(__file__).parent
SHAPE = (2, 3, 2, 2)
SEED = 11


AS_FLOAT = torch.Tensor.float


def network(x, t):
    """The noise prediction for data of variance 1/4 on the linear schedule, and some of its own. The same as
    tests/adapt/diffusers/network.hpp."""
    u = torch.as_tensor(float(t), dtype=torch.float64) / 1000
    bar = torch.exp(-0.1 * u.abs() - 9.95 * u * u)
    sigma = (1 - bar).sqrt()
    y = x.double()
    return (y * sigma / (0.25 * bar + sigma * sigma) + 0.1 * torch.sin(3 * y + 10 * u)).to(x.dtype)


def score_network(x, sigma):
    """The score of data of variance 1/4 where the label is sigma, and some of its own. The same as there."""
    y, sigma = x.double(), torch.as_tensor(float(sigma), dtype=torch.float64)
    return ((0.1 * sigma * torch.sin(3 * y / (1 + sigma)) - y) / (0.25 + sigma * sigma)).to(x.dtype)


def map_network(x, t, r):
    """A network of two labels. The same as there."""
    return network(x, t) + (0.1 * torch.sin(2 * x.double() + 0.003 * float(r))).to(x.dtype)


def second_output(x, t):
    """What a network that learned its variances says of them, in [-1, 1]. The same as there."""
    return torch.sin(5 * x.double() + float(t) / 100).to(x.dtype)


def picture(dtype):
    """The data that image to image begins with."""
    return torch.linspace(-0.9, 0.8, int(np.prod(SHAPE)), dtype=torch.float64).reshape(SHAPE).to(dtype)


class Double:
    """A module in which float32 means float64."""

    def __init__(self, module):
        self.module = module

    def __getattr__(self, name):
        return getattr(self.module, "float64" if name == "float32" else name)


def class_named(name):
    if hasattr(diffusers, name):
        return getattr(diffusers, name)
    return getattr(scheduling_consistency_decoder, name)  # which diffusers does not list


def made(case, double):
    infinities = {"Infinity": float("inf"), "-Infinity": -float("inf")}
    config = {key: infinities.get(value, value) if isinstance(value, str) else value
              for key, value in case["config"].items()}
    cls = class_named(case.get("class", config["_class_name"]))
    torch.Tensor.float = torch.Tensor.double if double else AS_FLOAT
    modules = [m for name, m in sys.modules.items() if name.startswith("diffusers.schedulers.scheduling_")]
    for module in modules:
        if hasattr(module, "torch"):
            module.torch = Double(torch) if double else torch
        if hasattr(module, "np"):
            module.np = Double(np) if double else np
    return cls.from_config(config)


def taken(function, values):
    """Those that the function has, by name."""
    names = inspect.signature(function).parameters
    return {name: value for name, value in values.items() if name in names}


def timesteps_set(scheduler, asked):
    names = ("timesteps", "sigmas", "mu", "original_inference_steps", "max_timesteps", "intermediate_timesteps",
             "jump_length", "jump_n_sample")
    given = {name: asked[name] for name in names if name in asked}
    if "sigmas" in given:
        given["sigmas"] = np.array(given["sigmas"])
    if "steps" in asked:
        given["num_inference_steps"] = asked["steps"]
    if "image_seq_len" in asked:  # as pipelines do
        c = scheduler.config
        slope = (c.max_shift - c.base_shift) / (c.max_image_seq_len - c.base_image_seq_len)
        given["mu"] = asked["image_seq_len"] * slope + (c.base_shift - slope * c.base_image_seq_len)
    if type(scheduler).__name__ == "SCMScheduler":
        given.setdefault("max_timesteps", None if "timesteps" in asked else 1.5708)
        given.setdefault("intermediate_timesteps", 1.3 if asked["steps"] == 2 and "timesteps" not in asked else None)
    scheduler.set_timesteps(**given, **taken(scheduler.set_timesteps, {"strength": asked.get("strength", 1.0)}))


def first_step(scheduler, asked):
    """Where image to image begins. The pipelines of flows do not cut a part of a step off."""
    if "strength" in inspect.signature(scheduler.set_timesteps).parameters:
        return 0
    steps = scheduler.num_inference_steps
    left = steps * asked.get("strength", 1.0)
    if not hasattr(scheduler, "scale_noise") and type(scheduler).__name__ != "SCMScheduler":
        left = int(left)
    return int(max(steps - min(left, steps), 0)) * getattr(scheduler, "order", 1)


def start_std(scheduler):
    if type(scheduler).__name__ == "SCMScheduler":  # as Sana Sprint does
        return scheduler.config.sigma_data
    return getattr(scheduler, "init_noise_sigma", 1.0)


def steps_of(scheduler, timesteps):
    """The times of the steps, each with what a pipeline hands to `step` beside it."""
    if type(scheduler).__name__ in ("SCMScheduler", "DDPMWuerstchenScheduler"):
        timesteps = timesteps[:-1]
    for i, t in enumerate(timesteps):
        after = timesteps[i + 1] if i + 1 < len(timesteps) else None
        yield t, {"prev_timestep": after, "timestep_back": timesteps[i - 1] if i > 0 else None}


def repainted(scheduler, asked, x, generator, dtype):
    """As the pipeline does it. The mask is 1, 0, 1/4, 0, and so on."""
    mask = torch.tensor([1, 0, 0.25, 0], dtype=dtype).repeat(int(np.prod(SHAPE)) // 4).reshape(SHAPE)
    scheduler.eta = asked.get("step", {}).get("eta", scheduler.config.eta)
    labels, before = [], scheduler.timesteps[0] + 1
    for t in scheduler.timesteps:
        if t < before:
            labels.append(float(t))
            x = scheduler.step(network(x, t), t, x, picture(dtype), mask, generator).prev_sample
        else:
            x = scheduler.undo_step(x, before, generator)
        before = t
    return {"labels": labels, "whole": True, "x": [float(v) for v in x.flatten()]}


def score_run(scheduler, x, timesteps, generator):
    """The pipeline's predictor and corrector, before it clamps."""
    scheduler.set_sigmas(len(timesteps))
    labels = []
    for i, t in enumerate(timesteps):
        for _ in range(scheduler.config.correct_steps):
            labels.append(float(scheduler.sigmas[i]))
            x = scheduler.step_correct(score_network(x, labels[-1]), x, generator=generator).prev_sample
        labels.append(float(scheduler.sigmas[i]))
        out = scheduler.step_pred(score_network(x, labels[-1]), t, x, generator=generator)
        x = out.prev_sample
    return {"labels": labels, "whole": False, "x": [float(v) for v in out.prev_sample_mean.flatten()]}


def run(case, double):
    dtype = torch.float64 if double else torch.float32
    torch.set_default_dtype(dtype)
    scheduler = made(case, double)
    asked = case["asked"]
    generator = torch.Generator().manual_seed(SEED)
    timesteps_set(scheduler, asked)
    timesteps = scheduler.timesteps
    noise = torch.randn(SHAPE, generator=generator, dtype=dtype)
    if case.get("edit"):
        first = first_step(scheduler, asked)
        timesteps = timesteps[first:]
        if hasattr(scheduler, "set_begin_index") and first > 0:
            scheduler.set_begin_index(first)
        if type(scheduler).__name__ == "SCMScheduler":  # as Sana Sprint does
            s, d = timesteps[0], scheduler.config.sigma_data
            x = torch.cos(s) * picture(dtype) * d + torch.sin(s) * noise * d
        elif hasattr(scheduler, "scale_noise"):
            x = scheduler.scale_noise(picture(dtype), timesteps[:1], noise)
        else:
            x = scheduler.add_noise(picture(dtype), noise, timesteps[:1])
    elif case.get("denoise"):
        left = first_step(scheduler, asked)  # the inverted walk of a part ends early
        timesteps = timesteps[:len(timesteps) - left]
        x = picture(dtype)
    else:
        x = noise * start_std(scheduler)
        if case.get("begin"):
            scheduler.set_begin_index(0)
    if case.get("repaint"):
        return repainted(scheduler, asked, x, generator, dtype)
    if hasattr(scheduler, "step_pred"):
        return score_run(scheduler, x, timesteps, generator)
    labels = []
    options = taken(scheduler.step, {"generator": generator, **asked.get("step", {})})
    old = None
    for t, beside in steps_of(scheduler, timesteps):
        scaled = scheduler.scale_model_input(x, t) if hasattr(scheduler, "scale_model_input") else x
        labels.append(float(t))
        if case.get("map"):  # of two labels, this one and that of the step's end
            i = scheduler.index_for_timestep(t)
            labels.append(float(scheduler.sigmas[i + 1] * scheduler.config.num_train_timesteps))
            output = map_network(scaled, t, labels[-1])
        else:
            output = network(scaled, t)
        if case.get("learned"):
            second = second_output(scaled, t)
            output = torch.cat([output, 0.1 * (1.1 + second) if case["learned"] == "variance" else second], dim=1)
        if type(scheduler).__name__ == "DDPMWuerstchenScheduler":
            t = t.expand(SHAPE[0])
        arguments = taken(scheduler.step, {**options, **beside, "old_pred_original_sample": old, "return_dict": True})
        if "old_pred_original_sample" in arguments:
            x, old = scheduler.step(output, timestep=t, sample=x, **{**arguments, "return_dict": False})
        else:
            x = scheduler.step(output, t, x, **arguments).prev_sample
    assert x.dtype == dtype, x.dtype
    whole = not torch.as_tensor(timesteps).is_floating_point()
    return {"labels": labels, "whole": whole, "x": [float(v) for v in x.flatten()]}


def made_results(name):
    cases = json.loads((HERE / "configurations" / f"{name}.json").read_text())
    results = []
    for case in cases:
        double, single = run(case, True), run(case, False)
        results.append({**case, "labels": single["labels"], "whole": single["whole"],
                        "labels64": None if double["labels"] == single["labels"] else double["labels"],
                        "x32": [float(f"{v:.9g}") for v in single["x"]], "x64": double["x"]})
        print(name, case["name"], "largest", max(map(abs, double["x"])), "float differs by",
              max(abs(a - b) for a, b in zip(double["x"], single["x"])))
    lines = ",\n".join(json.dumps(result) for result in results)
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / f"{name}.json").write_text(f'{{"cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    names = sys.argv[1:] or sorted(path.stem for path in (HERE / "configurations").glob("*.json"))
    for each in names:
        made_results(each)
