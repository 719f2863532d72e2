#!/usr/bin/env python3
"""Draws quality against the number of steps: plot.py RESULTS.CSV PICTURE.PNG"""

import csv
import sys
from collections import defaultdict

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

COLOURS = {"ddpm": "tab:blue", "ddim": "tab:orange", "other": "tab:green"}


def family(method: str) -> str:
    return next((name for name in ("ddpm", "ddim") if name in method), "other")


def main() -> None:
    source, target = sys.argv[1:]
    with open(source, newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["seeds"]) > 0]
    if not rows:
        print(f"{source} holds no distances: nothing is drawn")
        return
    grids = sorted({row["grid"] for row in rows}, key=lambda grid: (grid != "linspace", grid))
    figure, axes = pyplot.subplots(1, len(grids), figsize=(1 + 5.5 * len(grids), 5.5), sharey=True,
                                   squeeze=False, layout="constrained")
    markers = "os^vDPX*<>"
    for axis, grid in zip(axes[0], grids):
        curves = defaultdict(list)
        for row in rows:
            if row["grid"] == grid:
                curves[row["method"]].append(row)
        numbers = defaultdict(int)
        for method, points in curves.items():
            kind = family(method)
            points.sort(key=lambda row: int(row["steps"]))
            axis.errorbar([int(row["steps"]) for row in points],
                          [float(row["ratio"]) for row in points],
                          yerr=[float(row["spread"]) for row in points], label=method,
                          color=COLOURS[kind], marker=markers[numbers[kind] % len(markers)],
                          markersize=5, linewidth=1, capsize=2, alpha=0.85)
            numbers[kind] += 1
        axis.axhline(1, color="grey", linewidth=0.8)
        axis.set(xscale="log", yscale="log", xlabel="steps", title=f"grid: {grid}")
        axis.set_xticks(sorted({int(row["steps"]) for row in rows}))
        axis.get_xaxis().set_major_formatter(matplotlib.ticker.ScalarFormatter())
        axis.minorticks_off()
        axis.legend(fontsize=8)
        axis.grid(alpha=0.3)
    axes[0][0].set_ylabel("Frechet distance from test pictures / that of real pictures")
    figure.savefig(target, dpi=110)


if __name__ == "__main__":
    main()
