"""Writes the golden data: what the originals compute, for the tests to compare with.

Each file name.json is made by the module name.py, whose function `cases()` returns a list of
dictionaries. A case has a "name", its configuration, and what came out; numbers are written with as
many digits as it takes to read the same double again.
"""

import argparse
import importlib
import json
import math
import os
import pathlib
import sys
from importlib.metadata import version

HERE = pathlib.Path(__file__).resolve().parent
MODULES = ["forward", "schedules", "grids", "noise", "predictions", "guidance", "solvers",
           "learned_variance", "defaults", "brownian_interval", "names", "editing", "comfyui", "discrete"]
ORIGINALS = ["torch", "diffusers", "k-diffusion", "torchsde", "numpy", "scipy"]


def plain(value):
    """Tensors, arrays and their scalars as lists and numbers; infinities as strings."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # "inf", "-inf", "nan": JSON has no word for them
    return value


def text(name):
    """The file's text: one line a case, so that a difference shows where it is."""
    cases = [plain(case) for case in importlib.import_module(name).cases()]
    names = [case["name"] for case in cases]
    if len(set(names)) != len(names):
        raise SystemExit(f"{name}.py: two cases have the same name")
    lines = ",\n".join(json.dumps(case, allow_nan=False) for case in cases)
    made_with = json.dumps({original: version(original) for original in ORIGINALS})
    return f'{{"made_with": {made_with},\n"cases": [\n{lines}\n]}}\n'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MODULES))
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    options = parser.parse_args()
    for name in options.names:
        if name not in MODULES:
            parser.error(f"{name} is none of {', '.join(MODULES)}")
    sys.path.insert(0, str(HERE))
    differ = []
    for name in options.names or MODULES:
        if name == "comfyui" and not options.names and "COMFYUI" not in os.environ:
            print("comfyui.json: left out, as COMFYUI names no checkout of ComfyUI")
            continue
        path, made = HERE / f"{name}.json", text(name)
        if not options.check:
            path.write_text(made)
            print(f"{path.name}: {len(made)} bytes")
        elif not path.exists() or path.read_text() != made:
            differ.append(path.name)
    if differ:
        raise SystemExit(f"differ from what is kept: {', '.join(differ)}")


if __name__ == "__main__":
    main()
