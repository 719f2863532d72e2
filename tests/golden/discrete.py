"""Discrete diffusion: the law of one step from each value of a position, as the papers' formulas give
it in double, and as originals compute it that run here; and walks in the order of confidence.

D3PM: Austin et al. 2021, eq. 3, 4 and appendix A.2. Multinomial diffusion: Hoogeboom et al. 2021,
eq. 12-15. VQ-Diffusion: Gu et al. 2022, eq. 7, 11. MDLM: Sahoo et al. 2024, eq. 7. SEDD: Lou et al.
2023, section 4.2. Discrete flow matching: Gat et al. 2024. Orders: LLaDA (Nie et al. 2025), Dream (Ye
et al. 2025), aMUSEd."""

import math
from unittest import mock

import numpy as np
import torch
from diffusers import (AmusedScheduler, BlockRefinementScheduler, DiscreteDDIMScheduler,
                       EntropyBoundScheduler, VQDiffusionScheduler)
from scipy.special import log_softmax, softmax

P = np.array([0.31, 0.07, 0.22, 0.36, 0.04])  # what a network says of a position
SCORES = np.array([0.8, 2.5, 0.3, 1.7, 0.9])  # the same in ratios, of no distribution


def normalised(weights):
    weights = np.maximum(weights, 0.0)
    return weights / weights.sum()


def one_hot(k, count):
    return np.eye(count)[k]


# D3PM and multinomial diffusion.


def d3pm_matrix(kind, beta, classes):
    if kind == "uniform":
        return (1 - beta) * np.eye(classes) + beta / classes
    if kind == "absorbing":  # in the class of grey, as the program does
        return (1 - beta) * np.eye(classes) + beta * one_hot(classes // 2, classes)
    # As the program has it, which for 256 classes is the paper's formula.
    width = 255.0 / (classes - 1) * 2.0 / (classes - 1)
    k = np.arange(1 - classes, classes)
    away = softmax(-((k * width) ** 2) / beta)
    i, j = np.indices((classes, classes))
    q = np.where(i == j, 0.0, away[i - j + classes - 1])
    return q + np.diag(1 - q.sum(axis=1))


def posterior(token, r, to_clean, step):
    """q(x_s | x_t) of eq. 4, with `to_clean` = Q_1 .. Q_s and `step` = Q_{s+1} .. Q_t."""
    return normalised(step[:, token] * (r @ to_clean))


def divergence(p, q):
    used = p > 0
    return np.sum(p[used] * np.log(p[used] / q[used]))


def d3pm_case(kind, betas, t, s):
    classes = len(P)
    steps = [d3pm_matrix(kind, beta, classes) for beta in betas]
    product = lambda a, b: np.linalg.multi_dot([np.eye(classes), np.eye(classes), *steps[a:b]])
    to_clean, step = product(0, s), product(s, t)
    r = normalised(P * (np.arange(classes) != classes // 2)) if kind == "absorbing" else P
    tokens = [token for token in range(classes) if (r @ to_clean @ step)[token] > 0]
    laws = [posterior(token, r, to_clean, step) for token in tokens]
    # A term of the bound, of each value and each class that may have become it.
    terms = [[divergence(posterior(token, one_hot(x0, classes), to_clean, step), law)
              if r[x0] > 0 and (to_clean @ step)[x0, token] > 0 else -1.0
              for x0 in range(classes)] for token, law in zip(tokens, laws)]
    case = {"name": f"D3PM {kind}, {t} to {s}", "process": "matrices", "kind": kind, "betas": betas,
            "steps": [t, s], "sampler": "ancestral", "says": "left_out", "row": r,
            "tokens": tokens, "laws": laws, "divergences": terms}
    yield case
    if kind != "gaussian":
        alphas = np.cumprod([1.0, *(1 - np.array(betas))])
        yield {**case, "name": case["name"] + ", by alphas", "process": kind,
               "mask": classes // 2, "alphas": [alphas[t], alphas[s]]}


def multinomial_cases():
    """theta_post of eq. 13, for x_0 in place of which stands what the network says, as in eq. 15."""
    count, steps = len(P), 8
    f = np.cos((np.arange(steps + 1) / steps + 0.008) / 1.008 * np.pi / 2) ** 2
    ratios = np.sqrt(np.clip(f[1:] / f[:-1], 0.001, 1.0))  # alpha_t; that of DDPM is its square
    cumulative = np.concatenate(([1.0], np.cumprod(ratios)))
    for t in (8, 5, 1):
        a, before = ratios[t - 1], cumulative[t - 1]
        laws = [normalised((a * one_hot(x, count) + (1 - a) / count) *
                           (before * P + (1 - before) / count)) for x in range(count)]
        yield {"name": f"multinomial diffusion, step {t}", "process": "uniform",
               "sampler": "ancestral", "alphas": [cumulative[t], before], "says": "left_out",
               "row": P, "laws": laws}


# VQ-Diffusion and the other schedulers of diffusers.


def vq_cases(name, alphas, gammas):
    """For alpha-bar and gamma-bar between these ends."""
    count, steps = len(P), 100
    scheduler = VQDiffusionScheduler(
        num_vec_classes=count + 1, alpha_cum_start=alphas[0], alpha_cum_end=alphas[1],
        gamma_cum_start=gammas[0], gamma_cum_end=gammas[1])
    alpha, gamma = [1.0, *np.linspace(*alphas, steps)], [0.0, *np.linspace(*gammas, steps)]

    def matrix(a, b, c):
        q = np.zeros((count + 1, count + 1))
        q[:count, :count] = a * np.eye(count) + b
        q[:count, count] = c
        q[count, count] = 1.0
        return q

    def between(t, s):
        a, c = alpha[t] / alpha[s], 1 - (1 - gamma[t]) / (1 - gamma[s])
        return matrix(a, (1 - a - c) / count, c)

    for t in (100, 63, 2, 1):
        whole, to_clean, step = between(t, 0), between(t - 1, 0), between(t, t - 1)
        laws, original = [], []
        for token in range(count + 1):
            law = sum(P[x0] * to_clean[x0] * step[:, token] / whole[x0, token]
                      for x0 in range(count))  # eq. 11 and 8
            laws.append(law)
            log_p = torch.tensor(np.log(P))[None, :, None]
            # The last step takes the network's own distribution.
            original.append([*P, 0.0] if t == 1 else
                            scheduler.q_posterior(log_p, torch.tensor([[token]]), t - 1)
                            .exp()[0, :, 0].double())
        yield {"name": f"VQ-Diffusion, {name}, step {t}", "process": "mask_and_uniform",
               "mask": count, "sampler": "ancestral", "alphas": [alpha[t], alpha[t - 1]],
               "gammas": [gamma[t], gamma[t - 1]], "says": "classes", "row": P, "laws": laws,
               "original": original}


def discrete_ddim_cases():
    count = len(P)
    scheduler = DiscreteDDIMScheduler(num_inference_steps=8, corrector_k=1,
                                      corrector_selection="random")
    logits = torch.tensor(np.log(P))[None, None]
    for index in (1, 4, 7):
        laws, corrected = [], []
        for token in range(count):
            law = np.zeros(count)
            for x0 in range(count):
                routes = []

                def multinomial(weights, num_samples, generator):
                    if weights.shape[-1] == count:
                        return torch.tensor([[x0]])
                    routes.append(weights.double().numpy()[0])
                    return torch.tensor([[0]])

                with mock.patch("torch.multinomial", multinomial):
                    scheduler.step(logits, index, torch.tensor([[token]]), temperature=1.0)
                clean, stay, fresh = routes[0]
                law += P[x0] * (clean * one_hot(x0, count) + stay * one_hot(token, count) +
                                fresh / count)
            laws.append(law)
            if index == 7:
                continue
            given = []

            def kept(weights, num_samples, generator):
                given.append(weights.numpy()[0])
                return torch.tensor([[0]])

            with mock.patch("torch.multinomial", kept):
                scheduler.step_correct(logits, index, torch.tensor([[token]]))
            corrected.append(given[0])
        yield {"name": f"diffusers' DiscreteDDIM, step {index}", "process": "uniform",
               "sampler": "ancestral", "alphas": [index / 8, (index + 1) / 8], "says": "classes",
               "row": P, "laws": laws, "precision": "float"}
        if corrected:
            yield {"name": f"diffusers' DiscreteDDIM, corrector after step {index}",
                   "process": "uniform", "sampler": "redrawn",
                   "alphas": [(index + 1) / 8, (index + 1) / 8], "says": "classes", "row": P,
                   "laws": corrected}


# MDLM, SEDD, discrete flow matching.


def mdlm_cases():
    """The mask after the last class; log-linear noise, whose chance of a mask is (1 - eps) t."""
    count, eps = len(P), 1e-3
    for t, s in ((1.0, 0.75), (0.5, 0.375), (0.25, 1e-5)):
        noisy, clean = (1 - eps) * t, (1 - eps) * s
        law = np.array([*(P * (noisy - clean)), clean]) / noisy
        yield {"name": f"MDLM, {t} to {s}", "process": "absorbing", "mask": count,
               "sampler": "ancestral", "alphas": [1 - noisy, 1 - clean], "says": "classes",
               "row": P, "tokens": [count], "laws": [law],
               # get_score: ratios at a mask.
               "ratios": [*(P / math.expm1(-math.log1p(-noisy))), 1.0]}


def sedd_cases():
    """Scores of SEDD's two graphs; total noise "sigma" in nats is -ln alpha."""
    for graph in ("uniform", "absorbing"):
        count = len(SCORES)
        values = count + (graph == "absorbing")
        rate = (np.ones((count, count)) / count - np.eye(count) if graph == "uniform" else
                one_hot(count, values) - np.eye(values))  # Q of dp/dt = p Q
        tokens = range(count) if graph == "uniform" else [count]
        for alpha, after in ((0.1, 0.225), (0.5, 0.625), (0.9, 1.0)):
            euler, tweedie = [], []
            for token in tokens:
                score = np.array([*SCORES, *([1.0] if graph == "absorbing" else [])])
                score[token] = 1.0
                # Euler: log-linear noise, of which sigma' dt is (alpha_s - alpha_t) / alpha_t.
                reverse = rate[:, token] * score
                reverse[token] -= reverse.sum()
                euler.append(normalised(one_hot(token, values) + (after / alpha - 1) * reverse))
                # (exp(-d Q) s)_y exp(d Q)(y, x_t), and no mask in the end.
                kept = alpha / after
                forth = np.eye(values) + (1 - kept) * rate  # Q is minus a projection
                back = np.linalg.inv(forth)
                law = (score @ back) * forth[:, token]
                if after == 1.0 and graph == "absorbing":
                    law[count] = 0.0
                tweedie.append(normalised(law))
            common = {"process": graph, "mask": count, "alphas": [alpha, after], "says": "ratios",
                      "row": SCORES, "tokens": list(tokens)}
            yield {**common, "name": f"SEDD's analytic sampler, {graph}, {alpha} to {after}",
                   "sampler": "tweedie", "laws": tweedie}
            if after < 1:
                yield {**common, "name": f"SEDD's Euler, {graph}, {alpha} to {after}",
                       "sampler": "tau_leaping, linear", "laws": euler}


def flow_step(x, x1, source, kappa, h, detour):
    """A jump with probability 1 - exp(-h lambda), on kappa = t."""
    u = one_hot(x1, len(source)) / (1 - kappa)
    u = u + detour / (kappa * (1 - kappa)) * ((1 - kappa) * source + kappa * one_hot(x1, len(source)))
    u[x] = 0.0
    jump = -np.expm1(-h * u.sum())
    return (1 - jump) * one_hot(x, len(source)) + (jump * u / u.sum() if u.sum() > 0 else 0.0)


def flow_step_of_original(x, x1, source, kappa, h, detour):
    """The solver itself, told what it draws; or None where flow_matching is not installed: its
    licence, CC BY-NC, keeps it out of requirements.txt."""
    try:
        from flow_matching.path import MixtureDiscreteProbPath
        from flow_matching.path.scheduler import PolynomialConvexScheduler
        from flow_matching.solver import MixtureDiscreteEulerSolver
        from flow_matching.utils import ModelWrapper
    except ImportError:
        return None

    class Says(ModelWrapper):
        def forward(self, x, t, **extras):
            return torch.ones((*x.shape, len(source)), dtype=torch.float64)

    jumps, rates = [], []

    class Never:  # in place of uniform numbers
        def __lt__(self, chance):
            jumps.append(float(chance))
            return torch.ones_like(chance, dtype=torch.bool)

    def categorical(weights):
        if weights.ndim == 2 and len(jumps) == 1 and not rates:
            rates.append(weights[0].numpy().copy())
        return torch.full(weights.shape[:-1], x1)

    solver = MixtureDiscreteEulerSolver(Says(None), MixtureDiscreteProbPath(
        PolynomialConvexScheduler(n=1.0)), len(source), torch.tensor(source))
    with (mock.patch("flow_matching.solver.discrete_solver.categorical", categorical),
          mock.patch("torch.rand", lambda **kwargs: Never())):
        solver.sample(torch.tensor([[x]]), None, detour, torch.float64,
                      torch.tensor([kappa, kappa + h, 1.0], dtype=torch.float64))
    u = rates[0]
    return (1 - jumps[0]) * one_hot(x, len(source)) + (jumps[0] * u / u.sum() if u.sum() > 0 else 0)


def flow_cases():
    for process in ("uniform", "absorbing"):
        count = len(P)
        values = count + (process == "absorbing")
        source = np.ones(count) / count if process == "uniform" else one_hot(count, values)
        for detour in (0.0, 0.7):
            for kappa, h in ((0.125, 0.25), (0.625, 0.125)):
                laws = []
                for token in range(values):
                    # Of an open position a network of masks says its class.
                    p = P if process == "uniform" or token == count else one_hot(token, count)
                    law = np.zeros(values)
                    for x1 in range(count):
                        step = flow_step(token, x1, source, kappa, h, detour)
                        original = flow_step_of_original(token, x1, source, kappa, h, detour)
                        assert original is None or np.abs(step - original).max() < 1e-14
                        law += p[x1] * step
                    laws.append(law)
                yield {"name": f"flow matching, {process}, div_free {detour}, {kappa} + {h}",
                       "process": process, "mask": count, "sampler": "flow_euler, published",
                       "detour": detour, "alphas": [kappa, kappa + h], "says": "classes", "row": P,
                       "laws": laws}


# Orders of confidence. The network depends on the positions beside; classes are the likeliest ones.

POSITIONS, CLASSES, MASK = 11, 5, 5


def network(x):
    """tests/discrete/golden_test.cpp has the same."""
    i, k = np.indices((len(x), CLASSES))
    left, right = np.roll(x, 1)[:, None], np.roll(x, -1)[:, None]
    return (2.5 * np.sin(1.3 * (k + 1) + 0.7 * i + 0.9 * left + 0.4 * right) +
            1.5 * np.cos(0.8 * i * (k + 1)))


def sureness(logits, by):
    p = softmax(logits, axis=1)
    if by == "probability":
        return p.max(axis=1)
    if by == "margin":
        return np.sort(p, axis=1)[:, -1] - np.sort(p, axis=1)[:, -2]
    return np.sum(p * log_softmax(logits, axis=1), axis=1)


def opened(x, how_many, by):
    """The surest masks of x, opened."""
    logits, x = network(x), x.copy()
    sure = np.where(x == MASK, sureness(logits, by), -np.inf)
    chosen = np.argsort(-sure, kind="stable")[:how_many]
    x[chosen] = logits.argmax(axis=1)[chosen]
    return x


def llada(x, steps, block):
    """Blocks from left to right, of each of which `steps` steps open masks / steps, the rest first."""
    walk = []
    for first in range(0, len(x), block):
        inside = np.arange(len(x)) // block == first // block
        count = int((inside & (x == MASK)).sum())
        for step in range(steps):
            take = count // steps + (step < count % steps)
            logits = network(x)
            sure = np.where(inside & (x == MASK), sureness(logits, "probability"), -np.inf)
            chosen = np.argsort(-sure, kind="stable")[:take]
            x = x.copy()
            x[chosen] = logits.argmax(axis=1)[chosen]
            walk.append(x)
    return walk


def dream(x, steps, by):
    times, walk = np.linspace(1.0, 1e-3, steps + 1), []
    for i in range(steps):
        left = int((x == MASK).sum())
        take = int(left * (1 - times[i + 1] / times[i])) if i < steps - 1 else left
        x = opened(x, take, by)
        walk.append(x)
    return walk


def likeliest(weights, num_samples, generator):
    return weights.argmax(dim=-1, keepdim=True)


def amused(x, steps, schedule):
    scheduler, walk = AmusedScheduler(MASK, schedule), []
    scheduler.set_timesteps(steps, temperature=(0, 0))
    started = float((x == MASK).mean())
    x = torch.tensor(x)[None]
    with mock.patch("torch.multinomial", likeliest):
        for t in scheduler.timesteps:
            logits = torch.tensor(network(x[0].numpy()))[None]
            x = scheduler.step(logits, t, x, starting_mask_ratio=started).prev_sample
            walk.append(x[0].numpy())
    return walk


def entropy_bounded(bound):
    scheduler = EntropyBoundScheduler(entropy_bound=bound, t_max=1.0, t_min=1.0)
    x = np.full(POSITIONS, MASK)
    taken = scheduler.step(torch.tensor(network(x))[None], 0, torch.tensor(x)[None],
                           generator=torch.Generator().manual_seed(0)).accepted_index[0].numpy()
    return [np.where(taken, 1, 0)]


def order_cases():
    empty = np.full(POSITIONS, MASK)
    begun = np.where(np.arange(POSITIONS) % 4 == 1, 2, MASK)
    for name, x in (("from masks", empty), ("from a part", begun)):
        for steps in (4, 8, 15):
            for schedule in ("cosine", "linear"):
                yield {"name": f"aMUSEd, {schedule}, {steps} steps, {name}", "order": "amused",
                       "schedule": schedule, "steps": steps, "begin": x,
                       "walk": amused(x, steps, schedule)}
            for by in ("probability", "margin", "entropy"):
                yield {"name": f"Dream, {by}, {steps} steps, {name}", "order": "dream", "by": by,
                       "steps": steps, "begin": x, "walk": dream(x, steps, by)}
        for steps, block in ((4, 11), (11, 11), (3, 4), (7, 6)):
            yield {"name": f"LLaDA, {steps} steps, blocks of {block}, {name}", "order": "llada",
                   "steps": steps, "block": block, "begin": x, "walk": llada(x, steps, block)}
    for bound in (0.0, 0.5, 2.0, 6.0):
        yield {"name": f"entropy bound {bound}", "order": "entropy", "bound": bound,
               "begin": empty, "walk": entropy_bounded(bound)}


def filter_cases():
    """What is left of a row by diffusers' order: temperature, top_k, top_p."""
    logits = torch.tensor(np.log(P))[None]
    for temperature, top_k, top_p in ((0.7, 0, 1.0), (1.0, 3, 1.0), (1.0, 0, 0.6), (1.0, 0, 0.7),
                                      (2.0, 4, 0.8), (0.5, 2, 0.5)):
        left = BlockRefinementScheduler._top_k_filtering(logits / temperature, top_k)
        left = BlockRefinementScheduler._top_p_filtering(left, top_p)
        yield {"name": f"temperature {temperature}, top_k {top_k}, top_p {top_p}",
               "temperature": temperature, "top_k": top_k, "top_p": top_p, "row": P,
               "left": softmax(left[0].numpy())}


def cases():
    cosine = np.cos((np.arange(7) / 6 + 0.008) / 1.008 * np.pi / 2)
    betas = {"uniform": np.minimum(1 - cosine[1:] / cosine[:-1], 0.999),
             "absorbing": 1 / np.linspace(6, 1, 6), "gaussian": np.linspace(0.5, 40.0, 6)}
    for kind, of_kind in betas.items():
        for t, s in ((6, 5), (4, 1), (1, 0)):
            yield from d3pm_case(kind, list(of_kind), t, s)
    yield {"name": "D3PM's rows for 256 classes", "rows": [
        [0, 128, 255], d3pm_matrix("gaussian", 0.0013, 256)[[0, 128, 255]][:, 120:136]]}
    yield from multinomial_cases()
    yield from vq_cases("its own schedules", (0.99999, 0.000009), (0.000009, 0.99999))
    yield from vq_cases("more of any class", (0.98, 0.03), (0.007, 0.6))
    yield from discrete_ddim_cases()
    yield from mdlm_cases()
    yield from sedd_cases()
    yield from flow_cases()
    yield from order_cases()
    yield from filter_cases()
