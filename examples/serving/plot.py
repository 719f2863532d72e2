#!/usr/bin/env python3
"""Draws how long requests wait: plot.py FOLDER PICTURE.PNG

The folder holds calls.csv and waits.csv. Left: a call of the network by its batch size, in times of
a call for one sample. Then a panel for each load: the share of requests that wait no longer.
"""

import csv
import sys
from collections import defaultdict
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

COLOURS = {"continuous": "#0072b2", "static": "#e69f00", "static, answered early": "#cc79a7", "one at a time": "black"}


def main() -> None:
    folder, target = Path(sys.argv[1]), sys.argv[2]
    with open(folder / "calls.csv", newline="") as file:
        calls = [(int(row["samples"]), float(row["seconds"])) for row in csv.DictReader(file)]
    waits: dict[float, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with open(folder / "waits.csv", newline="") as file:
        for row in csv.DictReader(file):
            waits[float(row["load"])][row["server"]].append(1e3 * (float(row["finish"]) - float(row["arrival"])))
    loads = sorted(load for load in waits if load > 0)
    figure, axes = pyplot.subplots(1, 1 + len(loads), figsize=(3.4 * (1 + len(loads)), 3.2), layout="constrained")
    axis = axes[0]
    axis.plot([n for n, _ in calls], [t / calls[0][1] for _, t in calls], ".-", color="#0072b2")
    axis.plot([1, calls[-1][0]], [1, calls[-1][0]], ":", color="grey")
    axis.locator_params(integer=True)
    axis.set(title="a call, in times of one sample's", xlabel="samples", xlim=(1, None), ylim=(0, calls[-1][0]))
    for axis, load in zip(axes[1:], loads):
        for name, each in waits[load].items():
            axis.plot(sorted(each), [(i + 1) / len(each) for i in range(len(each))], color=COLOURS[name], label=name)
        axis.axhline(0.95, color="grey", linewidth=0.5)
        axis.set(title=f"load {100 * load:.0f} %", xlabel="milliseconds to the answer", xscale="log", ylim=(0, 1))
    axes[1].set_ylabel("share of the requests")
    axes[0].legend(*axes[1].get_legend_handles_labels(), loc="upper left", fontsize="small", frameon=False)
    figure.savefig(target, dpi=110)


if __name__ == "__main__":
    main()
