#!/usr/bin/env bash
# Draws every schedule and every grid: docs/images/schedules.png and docs/images/grids.png.
#
#   bash docs/draw.sh
#
# The first run installs g++ and python3-venv with apt-get where they are missing, which needs root or
# sudo, and matplotlib with pip into build/peers-venv.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$here")"
source "$root/bench/setup.sh"

case "${1:-}" in
    "") ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac

install_packages g++
use_python "$here/draw/requirements.txt"
mkdir -p "$root/build"
quietly g++ -std=c++20 -O1 -I "$root/include" "$here/draw/numbers.cpp" -o "$root/build/draw-numbers"
"$root/build/draw-numbers" | "$python" "$here/draw/draw.py" --out "$here/images"
say "pictures: docs/images/schedules.png, docs/images/grids.png"
