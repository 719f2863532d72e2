#!/usr/bin/env bash
# Draws every schedule and every grid, and the errors of solvers: docs/images/schedules.png, grids.png
# and which-sampler.png.
#
#   bash docs/draw.sh
#
# The first run installs g++, Eigen and python3-venv with apt-get where they are missing, which needs
# root or sudo, and matplotlib with pip into build/peers-venv.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$here")"
source "$root/bench/setup.sh"

usage() { sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
case "${1:-}" in
    --help | -h) usage; exit 0 ;;
esac
refuse_words "$@"
only_one "$root/build/bench"

install_packages g++ libeigen3-dev
use_python "$root/build/peers-venv" "$here/draw/requirements.txt"
mkdir -p "$root/build"
quietly g++ -std=c++20 -O1 -I "$root/include" "$here/draw/numbers.cpp" -o "$root/build/draw-numbers"
quietly g++ -std=c++20 -O2 -I "$root/include" -I "$root/tests" -isystem /usr/include/eigen3 \
    "$here/tables/errors.cpp" -o "$root/build/table-errors"
{
    "$root/build/draw-numbers"
    "$root/build/table-errors" curves
} | "$python" "$here/draw/draw.py" --out "$here/images"
say "pictures: docs/images/schedules.png, grids.png, which-sampler.png"
