"""Draws the results of fokker_scaling_bench. bench/scaling/run.sh calls it."""

import argparse
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

NAMES = {"sweep": "sweep of 2 arrays", "ddim": "ddim step", "ddpm": "ddpm step (noise)"}
COLOURS = {"sweep": "#0072b2", "ddim": "#009e73", "ddpm": "#d55e00"}
ARRAYS = 3  # that pass between memory and processor: x is read and written, the other read
BYTES = 4  # of a float
RESIDENT = 2  # arrays that lie in a cache

Curve = dict[int, float]


@dataclass
class Results:
    """The best repetitions of one program: nanoseconds an element, and bytes a second. Whatever
    disturbs only adds time."""

    context: dict[str, Any]
    curves: dict[tuple[str, str], Curve]  # by axis and name
    bandwidths: dict[str, float]

    @property
    def threads(self) -> int:
        return int(self.context["threads"])


def read(path: Path) -> Results:
    report = json.loads(path.read_text())
    rates: dict[str, list[float]] = defaultdict(list)
    for b in report["benchmarks"]:
        if b["run_type"] == "iteration":
            name = b["name"].removesuffix("/real_time")
            rates[name].append(b.get("items_per_second") or b["bytes_per_second"])
    results = Results(report["context"], defaultdict(dict), {})
    for name, of_name in rates.items():
        axis, what, *place = name.split("/")
        rate = max(of_name)
        if place:
            results.curves[axis, what][int(place[0])] = 1e9 / rate
        else:
            results.bandwidths[what] = rate
    return results


def draw_curves(axes: Axes, every: list[Results], axis: str, marker: str) -> None:
    for r in every:
        for (of_axis, name), curve in r.curves.items():
            if of_axis == axis:
                places = sorted(curve)
                axes.plot(
                    places,
                    [curve[p] for p in places],
                    color=COLOURS[name],
                    linestyle="-" if r.threads == 1 else "--",
                    marker=marker,
                    markersize=4,
                    linewidth=1.5,
                )


def draw_bounds(axes: Axes, every: list[Results]) -> None:
    """Where the arrays leave a cache, and what the memory's bandwidth allows."""
    for cache in every[0].context["caches"]:
        if cache["type"] == "Instruction":
            continue
        size = cache["size"]
        unit = f"{size >> 20} MB" if size >= 1 << 20 else f"{size >> 10} kB"
        axes.axvline(size / (RESIDENT * BYTES), color="#999999", linewidth=0.9, linestyle=":")
        axes.text(
            size / (RESIDENT * BYTES), 0.99, f"L{cache['level']} \n{unit} ", fontsize=8.5,
            color="#555555", ha="right", va="top", transform=axes.get_xaxis_transform(),
        )
    bounds = sorted((ARRAYS * BYTES * 1e9 / max(r.bandwidths.values()), r.threads) for r in every)
    for place, (bound, threads) in enumerate(bounds):
        top = place == len(bounds) - 1
        axes.axhline(
            bound, color="#000000", linewidth=0.9, linestyle="-" if threads == 1 else "--"
        )
        axes.text(
            1 << 10, bound * (1.06 if top else 0.92), f"memory, {ARRAYS * BYTES / bound:.0f} GB/s",
            fontsize=8.5, va="bottom" if top else "top",
        )


def legend(every: list[Results]) -> list[Line2D]:
    lines = [Line2D([], [], color=COLOURS[n], linewidth=2, label=NAMES[n]) for n in NAMES]
    for r in every:
        label = "1 thread" if r.threads == 1 else f"{r.threads} threads"
        lines.append(
            Line2D([], [], color="#444444", linestyle="-" if r.threads == 1 else "--", label=label)
        )
    return lines


def style(axes: Axes, title: str, label: str) -> None:
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_title(title, fontsize=11)
    axes.set_xlabel(label)
    axes.grid(True, which="major", color="#e5e5e5", linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def caption(every: list[Results]) -> str:
    c = every[0].context
    date = re.sub("T.*", "", c["date"])
    return f"{c['processor']}; {c['compiler']}, {c['flags']}; float; {date}"


def print_tables(every: list[Results]) -> None:
    for r in every:
        for name, rate in sorted(r.bandwidths.items()):
            print(f"memory, {name}, threads: {r.threads:<4} {rate / 1e9:7.1f} GB/s")
    for r in every:
        for (axis, name), curve in r.curves.items():
            ends = ", ".join(f"{p}: {curve[p]:.3f}" for p in sorted(curve))
            print(f"ns an element, {axis}, {name}, threads: {r.threads}: {ends}")
    print(caption(every))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    by_threads = {r.threads: r for r in map(read, options.results)}  # one, on one core
    every = [by_threads[n] for n in sorted(by_threads)]
    print_tables(every)

    plt.rcParams.update({"font.size": 10})
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.6), sharey=True)
    draw_curves(left, every, "elements", "")
    draw_bounds(left, every)
    style(left, "One sample", "elements")
    left.set_ylabel("nanoseconds an element")
    draw_curves(right, every, "samples of 112", "o")
    draw_curves(right, every, "samples of 2", "^")
    style(right, "A batch", "samples")
    lines = legend(every)
    for marker, label in (("o", "samples of 112 elements"), ("^", "samples of 2 elements")):
        lines.append(Line2D([], [], color="#444444", marker=marker, linestyle="", label=label))
    figure.legend(handles=lines, loc="lower center", ncols=4, frameon=False, fontsize=9,
                  bbox_to_anchor=(0.5, 0.045))
    figure.text(0.5, 0.015, caption(every), ha="center", fontsize=8, color="#555555")
    figure.tight_layout(rect=(0, 0.15, 1, 1))
    figure.savefig(options.out, dpi=200)


if __name__ == "__main__":
    main()
