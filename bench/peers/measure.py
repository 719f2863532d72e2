"""Measures peers and Fokker in turns and prints their medians side by side. bench/peers/run.sh
calls it."""

import argparse
import json
import re
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import diffusers
import numpy
import torch

from peers import SCHEDULE, SOLVERS, Peer

SIZES = (112, 16_384, 262_144)  # those of bench/sizes.hpp
STEPS = 250  # of a walk, as in bench/solver/step_bench.cpp

Measure = Callable[[], float]
Network = Callable[[torch.Tensor], torch.Tensor]
Look = Callable[[torch.Tensor, torch.Tensor], None]


@dataclass
class Row:
    """A peer's figure beside Fokker's, in nanoseconds, one of each a round."""

    table: str
    name: str
    peer: str
    size: int
    measure_peer: Measure
    measure_fokker: Measure
    peer_times: list[float] = field(default_factory=list)
    fokker_times: list[float] = field(default_factory=list)

    def result(self) -> dict[str, Any]:
        theirs, ours = statistics.median(self.peer_times), statistics.median(self.fokker_times)
        return {
            "table": self.table,
            "name": self.name,
            "peer": self.peer,
            "size": self.size,
            "peer_ns": theirs,
            "fokker_ns": ours,
            "ratio": theirs / ours,
            "peer_ns_of_each_round": self.peer_times,
            "fokker_ns_of_each_round": self.fokker_times,
        }


class Program:
    """A program of Google Benchmark."""

    def __init__(self, path: Path, seconds: float) -> None:
        self.path, self.seconds = path, seconds
        self.context: dict[str, Any] = {}

    def time(self, name: str) -> float:
        """Nanoseconds of processor time that an iteration takes."""
        return float(self.measured(name)["cpu_time"])

    def time_of_item(self, name: str) -> float:
        """Nanoseconds of processor time for each item that it makes."""
        return 1e9 / float(self.measured(name)["items_per_second"])

    def measured(self, name: str) -> dict[str, Any]:
        words = [f"--benchmark_filter=^{re.sub('[^A-Za-z0-9_/:]', '.', name)}$"]
        words += [f"--benchmark_min_time={self.seconds}", "--benchmark_format=json"]
        run = subprocess.run([self.path, *words], check=True, capture_output=True, text=True)
        report = json.loads(run.stdout)
        self.context = report["context"]
        (found,) = (b for b in report["benchmarks"] if b["name"] == name)
        if found.get("error_occurred"):
            raise RuntimeError(f"{name}: {found['error_message']}")
        assert found["time_unit"] == "ns"
        return dict(found)


def walk(peer: Peer, size: int, network: Network, look: Look | None = None) -> float:
    """Nanoseconds of processor time a step, in a walk to the end: all that stands around the
    network in a pipeline's loop."""
    scheduler = peer.scheduler(**SCHEDULE, **peer.options)
    scheduler.set_timesteps(STEPS)
    times = list(scheduler.timesteps)
    x = torch.linspace(-1.0, 1.0, size).reshape(1, size)
    with torch.inference_mode():
        begin = time.process_time_ns()
        for t in times:
            output = network(scheduler.scale_model_input(x, t))
            after = scheduler.step(output, t, x, return_dict=False, **peer.step)[0]
            if look:
                look(x, after)
            x = after
        return (time.process_time_ns() - begin) / STEPS


def time_of_walk(peer: Peer, size: int) -> Measure:
    """The network's output is there already, as it is for Fokker's benchmarks."""
    output = torch.full((1, size), 0.5)
    return lambda: walk(peer, size, lambda x: output)


def check(peer: Peer, size: int) -> None:
    """Whether every step really runs, with a network that answers to what it is given."""

    def look(before: torch.Tensor, after: torch.Tensor) -> None:
        assert after.shape == before.shape and after.dtype == torch.float32
        assert bool(after.isfinite().all()) and not torch.equal(before, after)

    walk(peer, size, torch.tanh, look)


def fill_time(fill: Callable[[], object], size: int, seconds: float) -> float:
    """Nanoseconds of processor time a number, of calls that write `size` of them."""
    calls = 0
    begin = time.process_time_ns()
    while (taken := time.process_time_ns() - begin) < seconds * 1e9 or calls == 0:
        for _ in range(16):
            fill()
        calls += 16
    return taken / (calls * size)


def solver_rows(fokker: Program) -> list[Row]:
    def row(name: str, peer: Peer, size: int) -> Row:
        check(peer, size)
        return Row(
            "step beyond the network",
            name,
            "diffusers",
            size,
            time_of_walk(peer, size),
            lambda: fokker.time(f"step/{name}/{size}"),
        )

    return [row(name, peer, size) for name, peer in SOLVERS.items() for size in SIZES]


def plain_rows(fokker: Program, loops: Program) -> list[Row]:
    def row(size: int) -> Row:
        return Row(
            "step beyond the network",
            "euler",
            "plain C++ loops",
            size,
            lambda: loops.time(f"plain_loops/euler/{size}"),
            lambda: fokker.time(f"step/euler/{size}"),
        )

    return [row(size) for size in SIZES]


def noise_rows(fokker: Program, seconds: float) -> list[Row]:
    """Larger arrays only: there the cost of a call from Python does not count."""
    generator = numpy.random.default_rng(7)

    def fills(size: int) -> dict[str, Callable[[], object]]:
        tensor = torch.empty(size)
        array = numpy.empty(size, dtype=numpy.float32)
        return {
            "torch.randn": lambda: torch.randn(size, out=tensor),
            "NumPy": lambda: generator.standard_normal(dtype=numpy.float32, out=array),
        }

    def row(peer: str, fill: Callable[[], object], size: int) -> Row:
        return Row(
            "Gaussian noise, a number",
            "normals",
            peer,
            size,
            lambda: fill_time(fill, size, seconds),
            lambda: fokker.time_of_item("noise/float/by:philox"),
        )

    return [row(peer, fill, size) for size in SIZES[1:] for peer, fill in fills(size).items()]


def print_tables(results: list[dict[str, Any]]) -> None:
    last = None
    for r in results:
        if r["table"] != last:
            last = r["table"]
            unit, scale = ("us", 1e-3) if last.startswith("step") else ("ns", 1.0)
            print(f"\n{last:<26}{'peer':<17}{'size':>9}{'peer ' + unit:>12}", end="")
            print(f"{'Fokker ' + unit:>13}{'peer/Fokker':>14}")
        print(f"{r['name']:<26}{r['peer']:<17}{r['size']:>9}{r['peer_ns'] * scale:>12.3f}", end="")
        print(f"{r['fokker_ns'] * scale:>13.3f}{r['ratio']:>14.1f}")
    print()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fokker", type=Path, required=True, help="the program fokker_bench")
    parser.add_argument("--loops", type=Path, required=True, help="the program fokker_peers_bench")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--repetitions", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True, help="of a measurement, at least")
    parser.add_argument("--filter", default="")
    options = parser.parse_args()

    torch.set_num_threads(1)
    fokker = Program(options.fokker, options.seconds)
    loops = Program(options.loops, options.seconds)
    rows = solver_rows(fokker) + plain_rows(fokker, loops) + noise_rows(fokker, options.seconds)
    rows = [r for r in rows if re.search(options.filter, f"{r.name}/{r.peer}/{r.size}")]
    if not rows:
        parser.error(f"no row matches {options.filter}")
    # In turns, a disturbance of the machine hits both sides of a ratio alike.
    for _ in range(options.repetitions):
        for row in rows:
            row.peer_times.append(row.measure_peer())
            row.fokker_times.append(row.measure_fokker())

    about = {k: fokker.context[k] for k in ("processor", "compiler", "flags")}
    about["versions"] = {m.__name__: m.__version__ for m in (torch, diffusers, numpy)}
    about["date"] = datetime.now().isoformat(timespec="seconds")
    about["rounds"] = options.repetitions
    results = [row.result() for row in rows]
    options.out.write_text(json.dumps({"about": about, "rows": results}, indent=2) + "\n")
    print_tables(results)
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    print(f"{about['processor']}; {about['compiler']}, {about['flags']}; {versions}; one thread")


if __name__ == "__main__":
    main()
