#!/usr/bin/env python3
"""Draws the study: plot.py STUDY.CSV PICTURE.PNG

Left, how many of the drawn words are in the list, in the part that the network was trained on and in
the other, with standard errors; right, the bound of ancestral sampling.
"""

import csv
import sys
from collections import defaultdict

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot, ticker

COLOURS = {"ancestral": "#0072b2", "first-hitting": "#56b4e9", "remasking": "#d55e00",
           "confident-remasking": "#e69f00", "surest-first": "#009e73", "entropy-bound": "#cc79a7"}


def main() -> None:
    source, target = sys.argv[1:]
    with open(source, newline="") as file:
        rows = list(csv.DictReader(file))
    curves = defaultdict(list)
    for row in rows:
        if row["steps"]:
            curves[row["sampler"]].append(row)
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    for sampler, points in curves.items():
        steps = [int(row["steps"]) for row in points]
        for part, line in (("training", "-"), ("held_out", "--")):
            shares = [float(row[part]) for row in points]
            errors = [(share * (1 - share) / int(row["words"])) ** 0.5
                      for share, row in zip(shares, points)]
            left.errorbar(steps, [100 * s for s in shares], yerr=[100 * e for e in errors],
                          color=COLOURS.get(sampler), linestyle=line, marker="o", markersize=4,
                          label=sampler if part == "training" else None)
        known = [row for row in points if row["bound"]]
        if known:
            right.errorbar([int(row["steps"]) for row in known],
                           [float(row["bound"]) for row in known],
                           yerr=[float(row["bound_error"]) for row in known], marker="o",
                           markersize=4, color=COLOURS.get(sampler), label=sampler)
    for row in rows:
        if not row["steps"]:
            right.axhline(float(row["bound"]), color="grey", linewidth=0.8,
                          label="infinitely many steps")
    left.set(ylabel="% words: trained on (lines), never seen (dashes)",
             ylim=(0, None))
    right.set(ylabel="bound on held-out words, nats a letter")
    for axis in (left, right):
        axis.set(xlabel="steps", xscale="log")
        axis.set_xticks(sorted({int(row["steps"]) for row in rows if row["steps"]}))
        axis.xaxis.set_major_formatter(ticker.ScalarFormatter())
        axis.xaxis.set_minor_locator(ticker.NullLocator())
        axis.grid(alpha=0.3)
        if axis.get_legend_handles_labels()[0]:
            axis.legend(fontsize=8, frameon=False)
    figure.savefig(target, dpi=110)
    print(target)


if __name__ == "__main__":
    main()
