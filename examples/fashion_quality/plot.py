#!/usr/bin/env python3
"""Draws quality against the number of steps: plot.py RESULTS.CSV PICTURE.PNG [GRID ...]

A row of panels for each grid, a panel for each family of methods. A colour means the same in all
panels: one variance (analytic-ddpm and analytic-ddim have one), or one other method. `ddim` is drawn
in all of them, in grey, to compare with.
"""

import csv
import sys
from collections import defaultdict

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot, ticker

FAMILIES = {"ddpm": "with the noise of ddpm", "ddim": "without noise, as ddim", "other": "others"}
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#882255",
           "#44aa99", "#999933"]
MARKERS = "os^vDPX*<>"
GREY = {"color": "#aaaaaa", "linewidth": 3, "zorder": 0}


def family(method: str) -> str:
    return next((name for name in ("ddpm", "ddim") if name in method), "other")


def meaning(method: str) -> str:
    """What its colour stands for: the variance, where the rest is ddpm or ddim."""
    return method.replace("ddpm", "").replace("ddim", "")


def draw(axis, points: list[dict], shift: float, **style) -> None:
    """A curve; the errors of different methods lie beside each other."""
    points = sorted(points, key=lambda row: int(row["steps"]))
    steps = [int(row["steps"]) * shift for row in points]
    ratios = [float(row["ratio"]) for row in points]
    # On this scale a spread that reaches 0 has no lower end: it stops at the lower edge.
    spreads = [float(row["spread"]) for row in points]
    below = [min(spread, 0.999 * ratio) for spread, ratio in zip(spreads, ratios)]
    axis.errorbar(steps, ratios, yerr=[below, spreads], markersize=5, capsize=2,
                  elinewidth=0.8, **style)


def main() -> None:
    source, target, *wanted = sys.argv[1:]
    with open(source, newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["seeds"]) > 0]
    if wanted:
        rows = [row for row in rows if row["grid"] in wanted]
    if not rows:
        print(f"{source} holds no distances: nothing is drawn")
        return
    curves = defaultdict(list)
    members = defaultdict(list)  # of each family, in the order of the results
    for row in rows:
        curves[row["grid"], row["method"]].append(row)
        if row["method"] not in members[family(row["method"])]:
            members[family(row["method"])].append(row["method"])
    meanings = list(dict.fromkeys(
        meaning(method) for kind in FAMILIES for method in members[kind] if method != "ddim"))
    kinds = [kind for kind in FAMILIES if members[kind]]
    grids = sorted({row["grid"] for row in rows}, key=lambda grid: (grid != "linspace", grid))
    figure, axes = pyplot.subplots(len(grids), len(kinds), sharex=True, sharey=True,
                                   figsize=(0.7 + 4.3 * len(kinds), 0.7 + 4.2 * len(grids)),
                                   squeeze=False, layout="constrained")
    for line, grid in zip(axes, grids):
        for axis, kind in zip(line, kinds):
            if (grid, "ddim") in curves:
                draw(axis, curves[grid, "ddim"], 1, label="ddim", **GREY)
            own = [method for method in members[kind] if method != "ddim"]
            for i, method in enumerate(own):
                if (grid, method) in curves:
                    style = meanings.index(meaning(method)) % len(COLOURS)
                    draw(axis, curves[grid, method], 1.03 ** (i - (len(own) - 1) / 2),
                         label=method, linewidth=1.4, color=COLOURS[style], marker=MARKERS[style])
            axis.axhline(1, color="grey", linewidth=0.8)
            axis.set(xscale="log", yscale="log", title=f"{FAMILIES[kind]}, grid {grid}")
            axis.title.set_fontsize(10)
            axis.set_xticks(sorted({int(row["steps"]) for row in rows} - {20, 25} | {25}))
            axis.xaxis.set_major_formatter(ticker.ScalarFormatter())
            axis.xaxis.set_minor_locator(ticker.NullLocator())
            axis.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
            axis.yaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
            axis.yaxis.set_minor_locator(ticker.NullLocator())
            axis.legend(fontsize=8, frameon=False, loc="upper center", ncol=3,
                        bbox_to_anchor=(0.5, -0.12))
            axis.grid(alpha=0.3)
    for axis in axes[-1]:
        axis.set_xlabel("steps")
    for line in axes:
        line[0].set_ylabel("Frechet distance / that of real pictures")
    # Where one sampler is far behind, the others are what is looked at.
    usual = [float(row["ratio"]) for row in rows if row["method"] != "ddpm-upper"]
    axes[0][0].set_ylim(0.8, 1.3 * max(usual, default=1000))
    figure.savefig(target, dpi=110)
    print(target)


if __name__ == "__main__":
    main()
