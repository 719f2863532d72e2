"""What pipelines of diffusers get: for each configuration, the network's labels and the sample, by the running
original. `make.py [name ..]` reads configurations/NAME.json and writes results/NAME.json.

A case is {"name", "config": a scheduler_config.json, "asked": the arguments of set_timesteps, with strength for
image to image and "step" for the options of step, "class": another class than the file's, "edit": true,
"begin": true for pipelines that say set_begin_index(0), without which no walk can begin with a label twice,
"denoise": true for a walk from the picture to noise, "within32": how near two float runs of an ill-conditioned
original come}. The network knows nothing but x and the label. It is run twice: as the original is, in float, and with float64 where
its code says float32, so that the two tell a rounding from a difference.
"""

import inspect
import json
import pathlib
import sys

import diffusers
import numpy as np
import torch

HERE = pathlib.Path(__file__).parent
SHAPE = (2, 3, 2, 2)
SEED = 11


def network(x, t):
    """The noise prediction for data of variance 1/4 on the linear schedule, and some of its own. The same as
    tests/adapt/diffusers/network.hpp."""
    u = torch.as_tensor(float(t), dtype=torch.float64) / 1000
    bar = torch.exp(-0.1 * u.abs() - 9.95 * u * u)
    sigma = (1 - bar).sqrt()
    y = x.double()
    return (y * sigma / (0.25 * bar + sigma * sigma) + 0.1 * torch.sin(3 * y + 10 * u)).to(x.dtype)


def picture(dtype):
    """The data that image to image begins with."""
    return torch.linspace(-0.9, 0.8, int(np.prod(SHAPE)), dtype=torch.float64).reshape(SHAPE).to(dtype)


class Double:
    """A module in which float32 means float64."""

    def __init__(self, module):
        self.module = module

    def __getattr__(self, name):
        return getattr(self.module, "float64" if name == "float32" else name)


def made(case, double):
    infinities = {"Infinity": float("inf"), "-Infinity": -float("inf")}
    config = {key: infinities.get(value, value) if isinstance(value, str) else value
              for key, value in case["config"].items()}
    cls = getattr(diffusers, case.get("class", config["_class_name"]))
    modules = [sys.modules[c.__module__] for c in cls.__mro__ if c.__module__.startswith("diffusers.schedulers")]
    for module in modules:
        module.torch = Double(torch) if double else torch
        if hasattr(module, "np"):
            module.np = Double(np) if double else np
    return cls.from_config(config)


def taken(function, values):
    """Those that the function has, by name."""
    names = inspect.signature(function).parameters
    return {name: value for name, value in values.items() if name in names}


def timesteps_set(scheduler, asked):
    given = {name: asked[name] for name in ("timesteps", "sigmas", "mu") if name in asked}
    if "sigmas" in given:
        given["sigmas"] = np.array(given["sigmas"])
    if "steps" in asked:
        given["num_inference_steps"] = asked["steps"]
    scheduler.set_timesteps(**given)


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
        steps = asked["steps"]
        first = max(steps - min(int(steps * asked.get("strength", 1.0)), steps), 0) * scheduler.order
        timesteps = timesteps[first:]
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(first)
        if hasattr(scheduler, "scale_noise"):
            x = scheduler.scale_noise(picture(dtype), timesteps[:1], noise)
        else:
            x = scheduler.add_noise(picture(dtype), noise, timesteps[:1])
    elif case.get("denoise"):
        x = picture(dtype)
    else:
        x = noise * scheduler.init_noise_sigma
        if case.get("begin"):
            scheduler.set_begin_index(0)
    labels = []
    options = taken(scheduler.step, {"generator": generator, **asked.get("step", {})})
    for t in timesteps:
        scaled = scheduler.scale_model_input(x, t) if hasattr(scheduler, "scale_model_input") else x
        labels.append(float(t))
        x = scheduler.step(network(scaled, t), t, x, **options).prev_sample
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
