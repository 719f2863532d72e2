"""Draws the schedules and grids that docs/draw/numbers.cpp prints, and the errors of solvers that
docs/tables/errors.cpp does. docs/draw.sh calls it."""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#777777",
           "#882255", "#999933"]

MARKERS = "os^vDPX*<>hd"

Lines = dict[str, dict[str, list[float]]]  # by picture and name


def colours_of(panels: list[list[str]], known: dict[str, str]) -> dict[str, tuple[str, str, str]]:
    """A colour, a dash and a marker for each name, the same in all panels and together of no other
    name. Names of one panel have different colours. `known` says which names are the same thing as
    another one."""
    given: dict[str, tuple[str, str, str]] = {}
    panels = [[known.get(name, name) for name in panel] for panel in panels]
    for panel in panels:
        for name in panel:
            if name in given:
                continue
            beside = {other for names in panels if name in names for other in names}
            taken = {given[other][0] for other in beside if other in given}
            colours = [colour for colour, *_ in given.values()]
            free = [colour for colour in COLOURS if colour not in taken]
            colour = min(free, key=colours.count)  # one that nothing has yet, if there is one
            dash = ("-", "--", ":")[colours.count(colour)]
            taken_markers = [marker for other, _, marker in given.values() if other == colour]
            order = MARKERS[len(given) % len(MARKERS):] + MARKERS
            marker = next(each for each in order if each not in taken_markers)
            given[name] = colour, dash, marker
    return given | {name: given[same] for name, same in known.items() if same in given}


def read() -> Lines:
    lines: Lines = defaultdict(dict)
    for line in sys.stdin:
        picture, name, numbers = line.split("|")
        lines[picture][name] = [float(number) for number in numbers.split()]
    return lines


def style(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title, fontsize=11)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(True, color="#e5e5e5", linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def draw_curves(axes: Axes, curves: dict[str, list[float]], colours: dict) -> None:
    for name, numbers in curves.items():
        colour, dash, _ = colours[name]
        axes.plot(numbers[::2], numbers[1::2], dash, color=colour, linewidth=1.6, label=name)
    axes.legend(fontsize=8, frameon=False)


def draw_schedules(lines: Lines, out: Path) -> None:
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 4.6))
    panels = [lines[panel] for panel in ("discrete", "continuous", "plane")]
    colours = colours_of([list(panel) for panel in panels], {
        "vp_path": "linear", "cosine_path": "cosine", "vp, cosine, TrigFlow": "linear",
        "sub-VP": "sub_vp_path", "flow": "flow_path", "VE, EDM": "edm_path"})
    draw_curves(left, lines["discrete"], colours)
    style(left, "Discrete schedules", "t / T", "lambda = ln(alpha / sigma)")
    draw_curves(middle, lines["continuous"], colours)
    style(middle, "Continuous paths", "t between its ends", "lambda")
    for axes in (left, middle):
        axes.set_ylim(-8.5, 8.5)
    draw_curves(right, lines["plane"], colours)
    style(right, "From data (right) to noise", "alpha", "sigma")
    right.set_aspect("equal")
    right.set_xlim(0, 1.25)
    right.set_ylim(0, 1.25)
    figure.tight_layout()
    figure.savefig(out, dpi=120)


def draw_rows(axes: Axes, grids: dict[str, list[float]]) -> None:
    rows = range(len(grids), 0, -1)
    for row, sigmas in zip(rows, grids.values()):
        axes.axhline(row, color="#e5e5e5", linewidth=0.9, zorder=0)
        axes.plot(sigmas, [row] * len(sigmas), "o", color=COLOURS[0], markersize=5)
    axes.set_yticks(list(rows), list(grids))
    axes.tick_params(axis="y", length=0)
    axes.grid(True, axis="x", color="#e5e5e5", linewidth=0.7)
    axes.set_ylim(0.3, len(grids) + 0.7)
    axes.invert_xaxis()
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def draw_grids(lines: Lines, out: Path) -> None:
    figure, (left, right) = plt.subplots(1, 2, figsize=(13, 5.4), width_ratios=(1.6, 1))
    draw_rows(left, lines["grid"])
    left.set_xscale("log")
    left.set_title("Ten steps over scaled_linear_schedule", fontsize=11)
    left.set_xlabel("sigma / alpha of the noisy knots, noise first; the clean data follows")
    draw_rows(right, lines["flow"])
    right.set_title("Ten steps of a flow", fontsize=11)
    right.set_xlabel("sigma")
    figure.tight_layout()
    figure.savefig(out, dpi=120)


def draw_errors(lines: Lines, out: Path) -> None:
    panels = {
        "single": "Single steps",
        "multistep": "Multistep methods, and ddim",
        "guided": "With guidance 4",
        "noise": "With noise, and two without",
    }
    figure, places = plt.subplots(2, 2, figsize=(13, 10.5))
    least = lines["noise"].pop("least", None)
    colours = colours_of([list(lines[panel]) for panel in panels], {})
    for axes, (panel, title) in zip(places.flat, panels.items()):
        curves = lines[panel]
        if least and panel == "noise":
            axes.axhline(least[0], color="#777777", linewidth=1)
            axes.text(4, least[0], "as many draws from the mixture", fontsize=9, va="bottom")
        for name, numbers in curves.items():
            colour, _, marker = colours[name]
            dashed = "--" if panel == "noise" and name in ("ddim", "dpm++2m") else "-"
            axes.plot(numbers[::2], numbers[1::2], dashed, marker=marker, markersize=4.5,
                      color=colour, linewidth=1.4, label=name)
        distance = "Wasserstein-1 distance" if panel == "noise" else "distance from the exact flow"
        style(axes, title, "network calls", distance)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xticks([5, 10, 20, 50, 100], ["5", "10", "20", "50", "100"])
        axes.minorticks_off()
        axes.set_ylim(7e-5, 5)
        axes.legend(fontsize=9, frameon=False, loc="lower left", ncols=2)
    figure.tight_layout()
    figure.savefig(out, dpi=100)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True, help="the folder of the pictures")
    options = parser.parse_args()
    lines = read()
    plt.rcParams.update({"font.size": 10})
    draw_schedules(lines, options.out / "schedules.png")
    draw_grids(lines, options.out / "grids.png")
    draw_errors(lines, options.out / "which-sampler.png")


if __name__ == "__main__":
    main()
