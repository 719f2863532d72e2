#!/usr/bin/env python3
"""Draws the paths of the study: plot.py PATHS.CSV PICTURE.PNG

A panel for each sampler and way to begin a plan. Blue paths pass above the disc, orange ones below
it, and black ones do not arrive. They are moved so that all have the disc at one place.
"""

import csv
import sys
from collections import defaultdict

import matplotlib

matplotlib.use("Agg")
from matplotlib import patches, pyplot

RADIUS, MOST = 0.25, 12


def main() -> None:
    source, target = sys.argv[1:]
    panels: dict[str, dict[str, list[dict[str, str]]]] = defaultdict(lambda: defaultdict(list))
    with open(source, newline="") as file:
        for row in csv.DictReader(file):
            panels[row["sampler"]][row["episode"]].append(row)
    names = list(panels)[:MOST]
    columns = min(len(names), 2)
    rows = -(-len(names) // columns)
    figure, axes = pyplot.subplots(rows, columns, figsize=(4.6 * columns, 2.5 * rows), squeeze=False, layout="constrained")
    for axis in axes.flat[len(names):]:
        axis.set_visible(False)
    for axis, name in zip(axes.flat, names):
        for path in panels[name].values():
            disc = float(path[0]["disc"])
            x, y = [float(row["x"]) for row in path], [float(row["y"]) - disc for row in path]
            crossing = next((b for a, b in zip(x, y) if a >= 0), 0.0)
            arrives = path[0]["reached"] == "1"
            colour = ("#0072b2" if crossing > 0 else "#e69f00") if arrives else "black"
            axis.plot(x, y, color=colour, linewidth=0.7, alpha=0.8)
            axis.plot(0.8, float(path[0]["goal"]) - disc, ".", color="grey", markersize=3)
        axis.add_patch(patches.Circle((0, 0), RADIUS, color="#bbbbbb"))
        axis.set(title=name, aspect="equal", xlim=(-0.95, 0.95), ylim=(-0.75, 0.75), xticks=[], yticks=[])
    figure.savefig(target, dpi=130)


if __name__ == "__main__":
    main()
