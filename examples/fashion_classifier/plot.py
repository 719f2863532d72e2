#!/usr/bin/env python3
"""Draws what guidance does against its scale: plot.py RESULTS.CSV PICTURE.PNG"""

import csv
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

COLOURS = {"classifier": "#d55e00", "classifier-free": "#0072b2", "both": "#009e73"}
LABELS = {"classifier": "classifier's gradient, network without the class",
          "classifier-free": "classifier-free",
          "both": "classifier's gradient, network with the class"}


def main() -> None:
    source, target = sys.argv[1:]
    with open(source, newline="") as file:
        rows = list(csv.DictReader(file))
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    for axis, key in zip(axes, ("recognised", "distance")):
        for way, colour in COLOURS.items():
            own = [row for row in rows if row["way"] == way]
            axis.errorbar([float(row["scale"]) for row in own], [float(row[key]) for row in own],
                          yerr=[float(row[f"{key}_error"]) for row in own], color=colour,
                          marker="o", markersize=4, capsize=2, label=LABELS[way])
        real = "test pictures" if key == "recognised" else "training pictures"
        at = next(float(row[key]) for row in rows if row["way"] == real)
        axis.axhline(at, color="grey", linewidth=0.8, label=f"real ({real})")
        axis.set_xlabel("scale")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("recognised, %")
    axes[0].legend(fontsize=8, frameon=False, loc="lower right")
    axes[1].set_ylabel("Frechet distance")
    figure.savefig(target, dpi=110)
    print(target)


if __name__ == "__main__":
    main()
