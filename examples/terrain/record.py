#!/usr/bin/env python3
"""Lets the package adaptive-terrain-diffusion make terrains, and writes down what it makes them of.

    record.py RECORD

A record is a list of batches, each of these numbers, floats of 4 bytes in the order of x86:
    the number of terrains n (an int of 4 bytes), sigma at the first knot, 1 if the terrains were edited or else 0;
    n difficulties as the network takes them, 0 to 1;
    n terrains of 128 x 128 heights in metres that were edited, or 0 where they are new;
    n draws of 128 x 128 normal numbers;
    n terrains that came out, in metres.
"""

import sys
from pathlib import Path

import numpy as np
from terrain_diffusion import TerrainGenerator

DIFFICULTIES = [1, 25, 50, 75, 100]
SIDE = TerrainGenerator.native_size


def sketch() -> np.ndarray:
    """A table mountain of 1.5 m and a wall of 0.8 m on a plain, as one would draw them."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / (SIDE - 1)
    mountain = 1.5 * ((x - 0.35) ** 2 + (y - 0.35) ** 2 < 0.04)
    wall = 0.8 * (abs(y - 0.8) < 0.06)
    return (mountain + wall).astype(np.float32)


def main() -> None:
    generator = TerrainGenerator(device="cpu")
    count = len(DIFFICULTIES)
    with open(Path(sys.argv[1]), "wb") as file:

        def write(sigma: float, sources: np.ndarray | None, seed: int, heights: np.ndarray) -> None:
            # The only numbers that the package draws, as the difficulties are given.
            noise = np.random.default_rng(seed).standard_normal((count, SIDE, SIDE), dtype=np.float32)
            np.array([count], np.int32).tofile(file)
            np.array([sigma, sources is not None], np.float32).tofile(file)
            ((np.array(DIFFICULTIES) - 1) / 99).astype(np.float32).tofile(file)
            (np.zeros_like(noise) if sources is None else sources).astype(np.float32).tofile(file)
            noise.tofile(file)
            heights.astype(np.float32).tofile(file)

        fresh = generator.generate(count, difficulty=DIFFICULTIES, seed=7)
        write(generator.sigma_max, None, 7, fresh)
        drawn = np.broadcast_to(sketch(), (count, SIDE, SIDE))
        for seed, sources, strength in [(8, drawn, 0.7), (9, drawn, 0.78), (10, fresh, 0.75)]:
            edited = generator.generate_from(sources, difficulty=DIFFICULTIES, strength=strength, seed=seed)
            sigma = generator.sigma_min * (generator.sigma_max / generator.sigma_min) ** strength
            write(sigma, sources, seed, edited)


if __name__ == "__main__":
    main()
