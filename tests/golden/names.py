"""Samplers of k-diffusion, ComfyUI and stable-diffusion.cpp by their names: the sigmas of their schedulers,
and where their walks end, with the exact network of mixture.py, all in double.

k-diffusion's functions are run themselves; ComfyUI and stable-diffusion.cpp have theirs, too, under the
same formulas. What only these have is computed here from its formulas.
"""

import inspect
import math

import numpy as np
import scipy.integrate
import scipy.stats
import torch
from k_diffusion import sampling

import mixture
from grids import BARS
from solvers import gaussians, in_double

DRAWS = gaussians(32)

# Models: a table of sigmas, which of its entries are training times, and the sigma at a place between them.


class Table:
    """Stable Diffusion's schedule, at alpha = 1."""

    sigmas = (((1 - BARS) / BARS) ** 0.5).numpy()
    flow = False

    def time(self, sigma):
        return float(np.abs(np.log(sigma) - np.log(self.sigmas)).argmin())

    def sigma(self, time):
        return float(np.exp(np.interp(time, np.arange(1000), np.log(self.sigmas))))


class Flow:
    flow = True

    def __init__(self, shift, entries):
        self.shift = shift
        self.sigmas = self.shifted(np.arange(1, entries + 1) / entries)

    def shifted(self, t):
        return self.shift * t / (1 + (self.shift - 1) * t)

    def time(self, sigma):
        return sigma

    def sigma(self, time):
        return float(self.shifted(time))


class Edm:
    sigmas = np.exp(np.linspace(math.log(0.002), math.log(80), 1000))
    flow = False

    def time(self, sigma):
        return 0.25 * math.log(sigma)

    def sigma(self, time):
        return math.exp(time / 0.25)


MODELS = {"table": Table(), "flow": Flow(3.0, 1000), "long flow": Flow(math.exp(1.15), 10000), "edm": Edm()}


def karras(steps, low, high):
    return sampling.get_sigmas_karras(steps, low, high).tolist()


def exponential(steps, low, high):
    return sampling.get_sigmas_exponential(steps, low, high).tolist()


def kl_optimal(steps, low, high):
    angles = np.linspace(math.atan(high), math.atan(low), steps)
    return [*np.tan(angles), 0.0]


def merged(indices):
    return [index for k, index in enumerate(indices) if k == 0 or index != indices[k - 1]]


def beta_times(steps, last, rounded):
    return merged(rounded(scipy.stats.beta.ppf(1 - np.arange(steps) / steps, 0.6, 0.6) * last).tolist())


# ComfyUI.


def comfyui_sigmas(model, scheduler, steps):
    low, high = float(model.sigmas[0]), float(model.sigmas[-1])
    count = len(model.sigmas)
    if scheduler == "karras":
        return karras(steps, low, high)
    if scheduler == "exponential":
        return exponential(steps, low, high)
    if scheduler == "kl_optimal":
        return kl_optimal(steps, low, high)
    if scheduler == "normal":
        return [*(model.sigma(t) for t in np.linspace(model.time(high), model.time(low), steps)), 0.0]
    if scheduler == "sgm_uniform":
        return [*(model.sigma(t) for t in np.linspace(model.time(high), model.time(low), steps + 1)[:-1]), 0.0]
    if scheduler == "simple":
        return [*(float(model.sigmas[-1 - int(i * (count / steps))]) for i in range(steps)), 0.0]
    if scheduler == "ddim_uniform":
        return [*reversed([float(s) for s in model.sigmas[1 :: max(count // steps, 1)]]), 0.0]
    if scheduler == "beta":
        return [*(float(model.sigmas[int(i)]) for i in beta_times(steps, count - 1, np.rint)), 0.0]
    assert scheduler == "linear_quadratic"
    if steps == 1:
        return [high, 0.0]
    # Through 0.025 after half of the steps on a line, and from there to 1 on a parabola with its slope.
    half, rest = steps // 2, steps - steps // 2
    slope = 0.025 / half
    bend = (1 - 0.025 - slope * rest) / rest**2
    gone = [slope * i if i < half else 0.025 + slope * (i - half) + bend * (i - half) ** 2
            for i in range(steps + 1)]
    return [*((1 - g) * high for g in gone[:-1]), 0.0]


WITHOUT_LAST = ("dpm_2", "dpm_2_ancestral", "uni_pc", "uni_pc_bh2")


def comfyui_walk(model, sampler, scheduler, steps, denoise=1.0):
    def laid(count):
        if sampler not in WITHOUT_LAST:
            return comfyui_sigmas(model, scheduler, count)
        sigmas = comfyui_sigmas(model, scheduler, count + 1)
        return sigmas[:-2] + sigmas[-1:]

    return laid(steps) if denoise > 0.9999 else laid(int(steps / denoise))[-(steps + 1) :]


# stable-diffusion.cpp.


def cpp_sigmas(model, scheduler, steps, tokens=0):
    def at(t):
        return model.sigma((t + 1) / 1000 if model.flow else t)

    low, high = at(0), at(999)
    if scheduler == "karras":
        return karras(steps, low, high)
    if scheduler == "exponential":
        return exponential(steps, low, high)
    if scheduler == "kl_optimal":
        return kl_optimal(steps, low, high)
    if scheduler == "bong_tangent":
        return bong_tangent(steps, low, high)
    if scheduler in ("flux", "flux2", "ltx2"):
        return flow_sigmas(scheduler, steps, tokens)
    if scheduler == "discrete":
        times = np.linspace(999, 0, steps)
    if scheduler == "sgm_uniform":
        times = np.linspace(999, 0, steps + 1)[:-1]
    if scheduler == "simple":
        times = [999 - int(np.float32(i) * (np.float32(1000) / np.float32(steps))) for i in range(steps)]
    if scheduler == "lcm":
        times = [(50 - i * 50 // steps) * 20 - 1 for i in range(steps)]
    if scheduler == "smoothstep":
        u = 1 - np.arange(steps) / steps
        times = np.floor(999 * u * u * (3 - 2 * u) + 0.5)
    if scheduler == "beta":
        times = beta_times(steps, 999, lambda t: np.floor(t + 0.5))
    return [*(at(t) for t in times), 0.0]


def bong_tangent(steps, low, high):
    count = steps + 2
    first = int(np.float32(count) * np.float32(0.6))
    slope = 0.2 * 40 / count

    def part(length, pivot, start, end):
        if length == 1:
            return [start]
        arc = -np.arctan(slope * (np.arange(length) - pivot))
        return (end + (arc - arc[-1]) / (arc[0] - arc[-1]) * (start - end)).tolist()

    middle = low + 0.5 * (high - low)
    sigmas = part(first, first, high, middle)[:-1] + part(count - first, 0, middle, low)
    return sigmas[:steps] + [0.0]


def flow_sigmas(scheduler, steps, tokens):
    if scheduler == "flux":
        mu = 0.5 + (tokens - 256) * (1.15 - 0.5) / (4096 - 256)
    if scheduler == "ltx2":
        mu = 0.95 + (tokens - 1024) * (2.05 - 0.95) / (4096 - 1024)
    if scheduler == "flux2":
        many = 0.00016927 * tokens + 0.45666666
        few = 8.73809524e-05 * tokens + 1.89833333
        mu = many if tokens > 4300 else many + (steps - 200) * (many - few) / 190
    sigmas = [math.exp(mu) / (math.exp(mu) + steps / (steps - i) - 1) for i in range(steps)]
    if scheduler == "ltx2" and steps > 1:
        scale = (1 - sigmas[-1]) / 0.9
        sigmas = [1 - (1 - s) / scale for s in sigmas]
    return [*sigmas, 0.0]


# Samplers from their formulas. D is the network, d the slope (x - D) / sigma, sigmas[-1] = 0.


def multistep(weights, order, ends_with_data):
    """x goes on by the step's length times the mean of the last slopes by weights(sigmas, i, order)."""

    def sample(D, x, sigmas, draw):
        slopes = []
        for i in range(len(sigmas) - 1):
            data = D(x, sigmas[i])
            slopes = [(x - data) / sigmas[i], *slopes][:order]
            if sigmas[i + 1] == 0 and ends_with_data:
                return data
            mean = sum(w * d for w, d in zip(weights(sigmas, i, len(slopes)), slopes))
            x = x + (sigmas[i + 1] - sigmas[i]) * mean
        return x

    return sample


BASHFORTH = {1: [1], 2: [3 / 2, -1 / 2], 3: [23 / 12, -16 / 12, 5 / 12],
             4: [55 / 24, -59 / 24, 37 / 24, -9 / 24]}


def lagrange(nodes, j, at):
    return math.prod((at - node) / (nodes[j] - node) for k, node in enumerate(nodes) if k != j)


def lms_weights(sigmas, i, order):
    nodes = sigmas[i::-1][:order]
    points, parts = np.polynomial.legendre.leggauss(4)
    places = sigmas[i] + (sigmas[i + 1] - sigmas[i]) * (points + 1) / 2
    return [sum(p / 2 * lagrange(nodes, j, at) for at, p in zip(places, parts)) for j in range(order)]


def deis_weights(sigmas, i, order):
    """Polynomials in the time of a variance-preserving path with sigma = 80 at 1 and 0.002 at 0.001."""
    low, high = math.log(0.002**2 + 1), math.log(80**2 + 1)
    bend = 2 * (low / 1e-3 - high) / (1e-3 - 1)
    begin = high - bend / 2

    def time(sigma):
        return (math.sqrt(begin**2 + 2 * bend * math.log(sigma**2 + 1)) - begin) / bend

    def sigma(t):
        return math.sqrt(math.expm1(bend * t * t / 2 + begin * t))

    nodes = [time(s) for s in sigmas[i::-1][:order]]
    weights = []
    for j in range(order):
        value, _ = scipy.integrate.quad(lambda s: lagrange(nodes, j, time(s)), sigmas[i], sigmas[i + 1],
                                        epsabs=1e-14, epsrel=1e-13, limit=200)
        weights.append(value / (sigmas[i + 1] - sigmas[i]))
    return weights


def gradient_weights(sigmas, i, order):
    return [1] if order == 1 else [2, -1]


def res_multistep(D, x, sigmas, draw):
    """exp(-h) x and D on a line through the last two, in lambda = -ln sigma."""
    old = None
    for i in range(len(sigmas) - 1):
        data = D(x, sigmas[i])
        if sigmas[i + 1] == 0:
            return data
        h = math.log(sigmas[i] / sigmas[i + 1])
        whole, line = -math.expm1(-h), 1 + math.expm1(-h) / h
        x = math.exp(-h) * x + whole * data
        if old is not None:
            x = x + line * h / math.log(sigmas[i - 1] / sigmas[i]) * (data - old)
        old = data
    return x


def res_2s(D, x, sigmas, draw):
    for i in range(len(sigmas) - 1):
        data = D(x, sigmas[i])
        if sigmas[i + 1] == 0:
            return data
        h = math.log(sigmas[i] / sigmas[i + 1])
        middle = math.exp(-h / 2) * x - math.expm1(-h / 2) * data
        second = D(middle, (sigmas[i] * sigmas[i + 1]) ** 0.5)
        line = 2 * (1 + math.expm1(-h) / h)
        x = math.exp(-h) * x - math.expm1(-h) * data + line * (second - data)
    return x


def unipc(variant):
    """Orders 1, 2, 3, .., 3, 2, 1, each step but the last mended by the next prediction; to sigma = 0.001."""

    def sample(D, x, sigmas, draw):
        sigmas = [*sigmas[:-1], 0.001]
        steps = len(sigmas) - 1
        lambdas = [-math.log(s) for s in sigmas]
        past = [D(x, sigmas[0])]  # newest first
        for i in range(1, steps + 1):
            order = min(i, 3, steps + 1 - i)
            h = lambdas[i] - lambdas[i - 1]
            B = -h if variant == "bh1" else math.expm1(-h)
            r = [(lambdas[i - 1 - k] - lambdas[i - 1]) / h for k in range(1, order)] + [1.0]
            phi, b = math.expm1(-h) / -h - 1, []
            for k in range(1, order + 1):
                b.append(phi * math.factorial(k) / B)
                phi = phi / -h - 1 / math.factorial(k + 1)
            R = np.array([[value**k for value in r] for k in range(order)])
            base = math.exp(-h) * x - math.expm1(-h) * past[0]
            differences = [(past[k] - past[0]) / r[k - 1] for k in range(1, order)]
            fixed = order == 2
            predict = [0.5] if fixed else np.linalg.solve(R[:-1, :-1], b[:-1]) if order > 1 else []
            predicted = base - B * sum(p * d for p, d in zip(predict, differences))
            if i == steps:
                return predicted
            data = D(predicted, sigmas[i])
            correct = [0.5] if order == 1 else np.linalg.solve(R, b)
            x = base - B * sum(c * d for c, d in zip(correct, [*differences, data - past[0]]))
            past = [data, *past][:3]

    return sample


def ddpm(D, x, sigmas, draw):
    """The posterior at alpha = 1."""
    for s, t in zip(sigmas, sigmas[1:]):
        data, kept = D(x, s), (t / s) ** 2
        x = kept * x + (1 - kept) * data
        if t > 0:
            x = x + t * (1 - kept) ** 0.5 * draw()
    return x


def lcm(flow):
    def sample(D, x, sigmas, draw):
        for s, t in zip(sigmas, sigmas[1:]):
            x = D(x, s) * (1 - t if flow else 1)
            if t > 0:
                x = x + t * draw()
        return x

    return sample


# On flows.


def renoised(x, down, t, draw):
    """From sigma = down to t: the same data, and as much noise as is there."""
    scale = (1 - t) / (1 - down)
    return scale * x + (t**2 - (scale * down) ** 2) ** 0.5 * draw()


def flow_euler_ancestral(D, x, sigmas, draw):
    for s, t in zip(sigmas, sigmas[1:]):
        data = D(x, s)
        if t == 0:
            return data
        down = t * t / s
        x = renoised(data + down / s * (x - data), down, t, draw)


def flow_2s_ancestral(D, x, sigmas, draw):
    for s, t in zip(sigmas, sigmas[1:]):
        data = D(x, s)
        if t == 0:
            return data
        down = t * t / s
        if s < 1:
            middle = 1 / (1 + ((1 - s) / s * (1 - down) / down) ** 0.5)
            data = D(data + middle / s * (x - data), middle)
        x = renoised(data + down / s * (x - data), down, t, draw)


def of_ratio(sampler):
    """A sampler for alpha = 1 on a flow: it sees x / (1 - sigma) at sigma / (1 - sigma), from 0.9999 on."""

    def sample(D, x, sigmas, draw, flow):
        sigmas = [flow.sigma(0.9999) if s == 1 else s for s in sigmas]
        ratios = [s / (1 - s) for s in sigmas]

        def scaled(y, ratio):
            return D(y / (1 + ratio), ratio / (1 + ratio))

        return sampler(scaled, x / (1 - sigmas[0]), ratios, draw)

    return sample


def k(name, **given):
    """k-diffusion's own function of this name."""

    def sample(D, x, sigmas, draw):
        def denoiser(y, sigma, **_):
            return D(y, float(sigma[0]))

        own = dict(given)
        function = getattr(sampling, f"sample_{name}")
        if "noise_sampler" in inspect.signature(function).parameters:
            own["noise_sampler"] = lambda *_: draw()
        table = torch.tensor(sigmas, dtype=torch.float64)
        if name == "dpm_fast":
            return function(denoiser, x, sigmas[-2], sigmas[0], len(sigmas) - 1, disable=True)
        return function(denoiser, x, table, disable=True, **own)

    return sample


COMFYUI = {
    "euler": k("euler"), "ddim": k("euler"), "heun": k("heun"), "dpm_2": k("dpm_2"), "dpm_fast": k("dpm_fast"),
    "euler_ancestral": k("euler_ancestral"), "dpm_2_ancestral": k("dpm_2_ancestral"),
    "dpmpp_2s_ancestral": k("dpmpp_2s_ancestral"), "dpmpp_2m": k("dpmpp_2m"),
    "dpmpp_sde": k("dpmpp_sde"), "dpmpp_sde_gpu": k("dpmpp_sde"),
    "dpmpp_2m_sde": k("dpmpp_2m_sde"), "dpmpp_2m_sde_gpu": k("dpmpp_2m_sde"),
    "dpmpp_2m_sde_heun": k("dpmpp_2m_sde", solver_type="heun"),
    "dpmpp_2m_sde_heun_gpu": k("dpmpp_2m_sde", solver_type="heun"),
    "dpmpp_3m_sde": k("dpmpp_3m_sde"), "dpmpp_3m_sde_gpu": k("dpmpp_3m_sde"),
    "lms": multistep(lms_weights, 4, True), "ipndm": multistep(lambda s, i, o: BASHFORTH[o], 4, True),
    "gradient_estimation": multistep(gradient_weights, 2, True), "deis": multistep(deis_weights, 3, True),
    "res_multistep": res_multistep, "uni_pc": unipc("bh1"), "uni_pc_bh2": unipc("bh2"),
    "ddpm": ddpm, "lcm": lcm(False),
}
COMFYUI_ON_FLOWS = {
    **{name: COMFYUI[name] for name in (
        "euler", "ddim", "heun", "dpm_2", "dpm_fast", "dpmpp_2m", "lms", "ipndm", "gradient_estimation",
        "res_multistep", "uni_pc", "uni_pc_bh2")},
    "lcm": lcm(True), "euler_ancestral": flow_euler_ancestral,
    **{name: of_ratio(COMFYUI[name]) for name in (
        "dpmpp_sde", "dpmpp_2m_sde", "dpmpp_2m_sde_heun", "dpmpp_3m_sde")},
}
CPP = {
    "euler": k("euler"), "euler_a": k("euler_ancestral"), "heun": k("heun"), "dpm2": k("dpm_2"),
    "dpm++2s_a": k("dpmpp_2s_ancestral"), "dpm++2m": k("dpmpp_2m"), "ddim_trailing": k("euler"),
    "ipndm": multistep(lambda s, i, o: BASHFORTH[o], 4, False), "lcm": lcm(False),
    "res_multistep": res_multistep, "res_2s": res_2s, "euler_ge": multistep(gradient_weights, 2, True),
    "dpm++2m_sde": k("dpmpp_2m_sde"), "dpm++2m_sde_bt": k("dpmpp_2m_sde"), "lms": k("lms"),
}
CPP_ON_FLOWS = {
    **{name: CPP[name] for name in (
        "euler", "heun", "dpm2", "dpm++2m", "ddim_trailing", "ipndm", "res_multistep", "res_2s", "euler_ge",
        "dpm++2m_sde", "dpm++2m_sde_bt", "lms")},
    "lcm": lcm(True), "euler_a": flow_euler_ancestral, "dpm++2s_a": flow_2s_ancestral,
}


def walked(program, sampler, sample, scheduler, steps, model, sigmas, start, **more):
    path = MODELS[model]

    def D(x, sigma):
        return mixture.data(x, 1 - sigma if path.flow else 1.0, sigma)

    used = [DRAWS[0]]

    def draw():
        used.append(DRAWS[len(used)])
        return used[-1]

    extra = (path,) if sample.__qualname__.startswith("of_ratio") else ()
    state = sample(D, used[0] * start, sigmas, draw, *extra)
    given = "".join(f", {key} {value}" for key, value in more.items())
    return {"name": f"{program} {sampler}, {scheduler}, {steps}, {model}{given}", "kind": "walk",
            "program": program, "sampler": sampler, "scheduler": scheduler, "steps": steps, "path": model,
            **more, "draws": used, "state": state}


def comfyui_walks():
    for model, samplers in {"table": COMFYUI, "flow": COMFYUI_ON_FLOWS}.items():
        for name, sample in samplers.items():
            for scheduler, steps, more in (("normal", 7, {}), ("beta", 9, {}),
                                           ("karras", 5, {"denoise": 0.55})):
                if name == "deis" and model == "table":
                    more = {**more, "within": 1e-8}  # of the quadratures
                sigmas = comfyui_walk(MODELS[model], name, scheduler, steps, more.get("denoise", 1.0))
                start = sigmas[0] if "denoise" in more or model == "flow" else math.hypot(1, sigmas[0])
                yield walked("comfyui", name, sample, scheduler, steps, model, sigmas, start, **more)


def cpp_walks():
    for model, samplers in {"table": CPP, "flow": CPP_ON_FLOWS}.items():
        for name, sample in samplers.items():
            for scheduler, steps in (("discrete", 7), ("simple", 9)):
                sigmas = cpp_sigmas(MODELS[model], scheduler, steps)
                yield walked("stable_diffusion_cpp", name, sample, scheduler, steps, model, sigmas, sigmas[0])


def k_diffusion_walks():
    low, high = float(Table.sigmas[0]), float(Table.sigmas[-1])
    for name in ("euler", "euler_ancestral", "heun", "dpm_2", "dpm_2_ancestral", "lms", "dpm_fast",
                 "dpmpp_2s_ancestral", "dpmpp_sde", "dpmpp_2m", "dpmpp_2m_sde", "dpmpp_3m_sde"):
        polyexponential = sampling.get_sigmas_polyexponential(8, low, high).tolist()
        for scheduler, sigmas in (("karras", karras(8, low, high)), ("exponential", exponential(8, low, high)),
                                  ("polyexponential", polyexponential)):
            yield walked("k_diffusion", name, k(name), scheduler, 8, "table", sigmas, sigmas[0])


def k_diffusion_trees():
    """With torchsde's tree, as k-diffusion has it by default, of this seed."""
    low, high = float(Table.sigmas[0]), float(Table.sigmas[-1])
    sigmas = torch.tensor(karras(8, low, high))
    for name in ("dpmpp_sde", "dpmpp_2m_sde", "dpmpp_3m_sde"):
        start = DRAWS[0] * sigmas[0]
        tree = sampling.BrownianTreeNoiseSampler(start, sigmas[-2], sigmas[0], seed=5)
        state = getattr(sampling, f"sample_{name}")(
            lambda x, sigma, **_: mixture.data(x, 1.0, float(sigma[0])), start, sigmas, disable=True,
            noise_sampler=tree)
        yield {"name": f"k_diffusion {name}, tree", "kind": "tree", "program": "k_diffusion", "sampler": name,
               "draws": [DRAWS[0]], "state": state}


def schedulers():
    names = ("simple", "sgm_uniform", "karras", "exponential", "ddim_uniform", "beta", "normal",
             "linear_quadratic", "kl_optimal")
    for scheduler in names:
        for model in MODELS:
            for steps in (1, 2, 7, 20, 38, 60):
                if steps == 1 and scheduler == "kl_optimal":
                    continue
                yield {"name": f"comfyui {scheduler}, {steps}, {model}", "kind": "sigmas", "program": "comfyui",
                       "scheduler": scheduler, "steps": steps, "path": model,
                       "sigmas": comfyui_sigmas(MODELS[model], scheduler, steps)}
    for scheduler in ("discrete", "karras", "exponential", "sgm_uniform", "simple", "smoothstep", "kl_optimal",
                      "lcm", "bong_tangent", "flux", "flux2", "ltx2", "beta"):
        for model in ("table", "flow"):
            if model == "table" and scheduler in ("flux", "flux2", "ltx2"):
                continue
            for steps in (1, 2, 7, 20, 38):
                if steps == 1 and scheduler in ("karras", "exponential"):
                    continue  # 0 / 0
                for tokens in (1024, 5000) if scheduler in ("flux", "flux2", "ltx2") else (0,):
                    yield {"name": f"stable_diffusion_cpp {scheduler}, {steps}, {model}, tokens {tokens}",
                           "kind": "sigmas", "program": "stable_diffusion_cpp", "scheduler": scheduler,
                           "steps": steps, "path": model, "tokens": tokens,
                           "sigmas": cpp_sigmas(MODELS[model], scheduler, steps, tokens)}


def cases():
    with in_double():
        return [*schedulers(), *k_diffusion_walks(), *k_diffusion_trees(), *comfyui_walks(), *cpp_walks()]
