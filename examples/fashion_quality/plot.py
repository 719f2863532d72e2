#!/usr/bin/env python3
"""Draws quality against the number of steps: plot.py RESULTS.CSV PICTURE.PNG [GRID ...]"""

import csv
import sys
from collections import defaultdict

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot, ticker

SHADES = {"ddpm": "Blues", "ddim": "Oranges", "other": "Greens"}
MARKERS = "os^vDPX*<>"


def family(method: str) -> str:
    return next((name for name in ("ddpm", "ddim") if name in method), "other")


def main() -> None:
    source, target, *wanted = sys.argv[1:]
    with open(source, newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["seeds"]) > 0]
    if wanted:
        rows = [row for row in rows if row["grid"] in wanted]
    if not rows:
        print(f"{source} holds no distances: nothing is drawn")
        return
    grids = sorted({row["grid"] for row in rows}, key=lambda grid: (grid != "linspace", grid))
    figure, axes = pyplot.subplots(1, len(grids), figsize=(0.5 + 7 * len(grids), 5.5), sharey=True,
                                   squeeze=False, layout="constrained")
    for axis, grid in zip(axes[0], grids):
        curves = defaultdict(list)
        for row in rows:
            if row["grid"] == grid:
                curves[row["method"]].append(row)
        for kind, shades in SHADES.items():
            methods = [method for method in curves if family(method) == kind]
            for i, method in enumerate(methods):
                points = sorted(curves[method], key=lambda row: int(row["steps"]))
                shade = 0.9 - 0.5 * i / max(1, len(methods) - 1)
                axis.errorbar([int(row["steps"]) for row in points],
                              [float(row["ratio"]) for row in points],
                              yerr=[float(row["spread"]) for row in points], label=method,
                              color=matplotlib.colormaps[shades](shade),
                              marker=MARKERS[i % len(MARKERS)], markersize=5, linewidth=1.2,
                              capsize=2)
        axis.axhline(1, color="grey", linewidth=0.8)
        axis.set(xscale="log", yscale="log", xlabel="steps", title=f"grid: {grid}")
        axis.set_xticks(sorted({int(row["steps"]) for row in rows}))
        axis.xaxis.set_major_formatter(ticker.ScalarFormatter())
        axis.xaxis.set_minor_locator(ticker.NullLocator())
        axis.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
        axis.yaxis.set_minor_locator(ticker.NullLocator())
        axis.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
        axis.grid(alpha=0.3)
    axes[0][0].set_ylabel("Frechet distance from test pictures / that of real pictures")
    # Where one sampler is far behind, the others are what is looked at.
    usual = [float(row["ratio"]) for row in rows if row["method"] != "ddpm-upper"]
    axes[0][0].set_ylim(0.8, 1.3 * max(usual, default=1000))
    figure.savefig(target, dpi=110)
    print(target)


if __name__ == "__main__":
    main()
