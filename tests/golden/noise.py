"""The noise of PyTorch: torch.randn on the CPU, from one generator and from a list of them, a whole
sampling loop of diffusers, and the layout on CUDA devices.

There is no device here. The CUDA cases come from a slow reference, written from the layout that
torch_cuda.hpp states, in numpy; the normals of its words are checked against cuRAND's own functions,
compiled for the host, and against PyTorch's stateless Philox, which runs on the CPU.
"""

import mixture
import numpy as np
import torch
from diffusers import DDPMScheduler
from diffusers.utils.torch_utils import randn_tensor

TYPES = {
    "float": torch.float32,
    "double": torch.float64,
    "half": torch.float16,
    "bfloat16": torch.bfloat16,
}


def kept(size):
    """Which numbers of a draw are written down: all, or a few and the end."""
    if size <= 40:
        return list(range(size))
    return sorted(set(range(0, size, size // 16)) | set(range(size - 18, size)))


def short(tensor):
    """Numbers in as few digits as their own type needs: to be read as that type."""
    kind = np.float64 if tensor.dtype == torch.float64 else np.float32
    return [float(str(z)) for z in tensor.to(torch.float64).numpy().astype(kind).flatten()]


def draws(seed, calls, draw):
    """One case a sequence of calls: the size, the type, and the numbers at some places."""
    result = []
    for size, name in calls:
        at = kept(size)
        result.append({"size": size, "type": name, "at": at, "values": short(draw(size, name)[at])})
    return {"seed": seed, "calls": result}


def cpu(seed, calls):
    generator = torch.Generator().manual_seed(seed)

    def draw(size, name):
        return torch.randn(size, generator=generator, dtype=TYPES[name])

    return draws(seed, calls, draw)


def cpu_cases():
    for name in TYPES:
        for size in (1, 6, 15, 16, 17, 31, 32, 33, 1000, 16384):
            yield {"name": f"cpu {name} {size}"} | cpu(0, [(size, name), (size, name)])
    mixed = [(5, "float"), (17, "double"), (1, "half"), (33, "float"), (1000, "half"), (3, "double"),
             (47, "bfloat16"), (16, "half"), (15, "bfloat16"), (1000, "double"), (7, "float"),
             (31, "float"), (31, "half"), (2, "double"), (16384, "float"), (9, "half")]
    for seed in (42, 2**32 + 7, 2**64 - 3):
        yield {"name": f"cpu mixed {seed}"} | cpu(seed, mixed)


def words_case():
    generator = torch.Generator().manual_seed(12)
    words = torch.randint(0, 2**24, (10000,), generator=generator)
    return {"name": "words", "seed": 12, "first": words[:10], "sum": int(words.sum()),
            "last": words[-10:]}


def list_case(elements):
    """diffusers with a list of generators: one draw for each sample, twice."""
    seeds = [3, 4, 2**40 + 5]
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    shape = (len(seeds), *elements)
    return {"name": f"list {shape}", "seeds": seeds,
            "draws": [short(randn_tensor(shape, generator=generators)) for _ in range(2)]}


def pipeline_case(name, shape, steps):
    """The loop of a diffusers pipeline with one generator, and what the generator gave."""
    scheduler = DDPMScheduler(beta_schedule="linear", timestep_spacing="trailing", clip_sample=False)
    scheduler.set_timesteps(steps)
    dtype = TYPES[name]
    generator = torch.Generator().manual_seed(5)
    x = randn_tensor(shape, generator=generator, dtype=dtype) * scheduler.init_noise_sigma
    for t in scheduler.timesteps:
        alpha = float(scheduler.alphas_cumprod[t].double().sqrt())
        eps = mixture.noise(x, alpha, (1 - alpha * alpha) ** 0.5).to(dtype)
        x = scheduler.step(eps, t, x, generator=generator).prev_sample
    twin = torch.Generator().manual_seed(5)
    given = [short(torch.randn(shape, generator=twin, dtype=dtype)) for _ in range(steps)]
    return {"name": f"pipeline {name}", "seed": 5, "samples": shape[0], "steps": steps,
            "draws": given, "sample": short(x)}


# The layout on a CUDA device, one number at a time.

MASK = 0xFFFFFFFF


def philox(counter, key):
    """Philox4x32-10: Salmon et al. 2011, 3.3."""
    a, b, c, d = counter
    k0, k1 = key
    for _ in range(10):
        first, second = a * 0xD2511F53, c * 0xCD9E8D57
        a, b, c, d = (second >> 32) ^ b ^ k0, second & MASK, (first >> 32) ^ d ^ k1, first & MASK
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return a, b, c, d


def float_pair(x, y):
    u = np.float32(np.float32(x) * np.float32(2.0**-32) + np.float32(2.0**-33))
    turn = np.float32(2.0**-32) * np.float32(2 * np.pi)
    v = np.float32(np.float64(np.float32(y)) * turn + turn / 2)
    radius = np.sqrt(-2 * np.log(np.float64(u)))
    return radius * np.sin(np.float64(v)), radius * np.cos(np.float64(v))


def double_pair(w):
    u = (w[0] ^ (w[1] << 21)) * 2.0**-53 + 2.0**-54
    v = (w[2] ^ (w[3] << 21)) * 2.0**-52 + 2.0**-53
    radius = np.sqrt(-2 * np.log(u))
    nearest = np.round(v)  # sin(pi v) keeps its digits where it is small
    sign = 1 - 2 * (nearest % 2)
    return (sign * radius * np.sin(np.pi * (v - nearest)),
            sign * radius * np.cos(np.pi * (v - nearest)))


def counter_normals(seed, c, thread, name):
    w = philox((c & MASK, c >> 32, thread & MASK, thread >> 32), (seed & MASK, seed >> 32))
    if name == "double":
        return double_pair(w)
    return float_pair(w[0], w[1]) + float_pair(w[2], w[3])


class CudaGenerator:
    def __init__(self, seed, multiprocessors, threads):
        self.seed, self.most = seed, multiprocessors * (threads // 256)
        self.offset = 0

    def draw(self, size, name):
        threads = 256 * min((size + 255) // 256, self.most)
        unroll = 2 if name == "double" else 4
        at = kept(size)
        values = np.zeros(size)
        for i in at:
            thread, turn = i % threads, i // threads
            c = self.offset // 4 + turn // unroll
            values[i] = counter_normals(self.seed, c, thread, name)[turn % unroll]
        self.offset += ((size - 1) // (threads * unroll) + 1) * 4
        return torch.tensor(values).to(TYPES[name])


def cuda_cases():
    calls = [(8, "float"), (1, "double"), (1000, "float"), (1025, "half"), (4097, "float"),
             (2049, "double"), (9001, "double"), (3, "bfloat16"), (20000, "float"), (7, "float")]
    for seed, multiprocessors, threads in [(0, 1, 256), (42, 2, 512), (2**40 + 9, 3, 1536),
                                           (7, 132, 2048)]:
        generator = CudaGenerator(seed, multiprocessors, threads)
        name = f"cuda {multiprocessors} x {threads}"
        entry = {"name": name, "multiprocessors": multiprocessors, "threads": threads}
        yield entry | draws(seed, calls, generator.draw) | {"offset": generator.offset}


# What cuRAND's own device functions gave, its headers (CUDA 13.0) compiled for the host: for a seed,
# each thread and each offset curand_normal4, then curand_normal2_double.
CURAND = """
0 0: 0.856159329 -1.17320752 0.707759321 0.141316161 | 2.7190712264537913 1.7071022472899307
0 1: 1.18341708 -0.243725508 0.824771583 -0.475894302 | 1.9824790289604437 0.070204661348193434
0 777: 0.337199867 -0.595313251 0.29389289 -1.1770879 | -1.1705141028867625 -0.92702692875866943
12 0: -0.329186767 -0.738156855 0.324763954 0.239171997 | -0.35404944605425825 0.2769525748603941
12 1: 0.539790213 -0.399856001 0.28024289 -2.31965494 | -0.11605882659117756 0.54053881504698531
12 777: 0.855091214 0.416477233 0.105741426 1.02960634 | -0.33954483508752936 -0.92332443256837093
"""


def curand_case():
    seed, entries = 2**40 + 9, []
    for line in CURAND.strip().splitlines():
        place, floats, doubles = line.replace(":", "|").split("|")
        offset, thread = (int(each) for each in place.split())
        entry = {"counter": offset // 4, "thread": thread,
                 "floats": [float(z) for z in floats.split()],
                 "doubles": [float(z) for z in doubles.split()]}
        mine = (counter_normals(seed, offset // 4, thread, "float"),
                counter_normals(seed, offset // 4 + 1, thread, "double"))
        for name, made, bound in (("floats", mine[0], 1e-6), ("doubles", mine[1], 1e-15)):
            if np.abs(np.array(made) - entry[name]).max() > bound:
                raise SystemExit("the reference of the CUDA layout differs from cuRAND's normals")
        entries.append(entry)
    return {"name": "curand", "seed": seed, "entries": entries}


def stateless_case():
    """What PyTorch itself makes of a counter's words: its stateless generator runs through thread 0's
    counters. It gives the cosine before the sine. (For double it joins the words otherwise.)"""
    seed, offset, counters = 2**33 + 5, 3, 40
    values = torch.zeros(counters * 4)
    key = torch.tensor([seed, offset], dtype=torch.uint64)
    torch.ops.aten._philox_normal_(values, key, 0.0, 1.0)
    values = values.double().numpy().reshape(-1, 2)[:, ::-1].flatten()
    mine = np.array([z for c in range(counters)
                     for z in counter_normals(seed, offset + c, 0, "float")])
    if np.abs(values - mine).max() > 1e-6:
        raise SystemExit("the reference of the CUDA layout differs from PyTorch's normals")
    return {"name": "stateless", "seed": seed, "offset": offset, "values": values}


def cases():
    yield from cpu_cases()
    yield words_case()
    yield list_case((2, 5))
    yield list_case((4, 5))
    yield pipeline_case("double", (3, 2, 4, 5), 10)
    yield pipeline_case("float", (2, 1, 520), 3)
    yield from cuda_cases()
    yield stateless_case()
    yield curand_case()
    # Known from emulators of the device that others published: stable-diffusion.cpp, rng_philox.hpp,
    # and the same numbers in AUTOMATIC1111's tests up to 2e-7.
    yield {"name": "published", "seed": 0,
           "first": [-0.92466247, -0.42534396, -2.64384580, 0.14518386, -0.12086657, -0.57972574,
                     -0.62285155, -0.32838705],
           "second": [0.18082581, -0.55226266, 0.92381340]}
