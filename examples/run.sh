#!/usr/bin/env bash
# Samples pictures of garments, on a Debian 12 where nothing is installed yet, too.
#
#   examples/run.sh [options]   a sheet of pictures; --help lists the options
#   examples/run.sh moments     measures examples/fashion/moments.txt anew
#
# Packages that are missing are installed with apt-get, which needs root or sudo. Everything that is
# built lies in build/examples.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
build="$root/build/examples"
program=fashion_samples
packages=(g++ cmake ninja-build libeigen3-dev libcli11-dev libstb-dev)
if [ "${1:-}" = moments ]; then
    program=fashion_moments
    packages+=(zlib1g-dev dataset-fashion-mnist)
fi

if [ "${1:-}" = --help ] && [ ! -x "$build/examples/$program" ]; then
    sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    echo "The options are those of the program, which is built first: run it once without any."
    exit 0
fi

source "$root/cmake/shell.sh"
install_packages "${packages[@]}"
[ -x "$build/examples/$program" ] || say "building $program, once"
quietly cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_CXX_FLAGS=-march=native -DCMAKE_CXX_FLAGS_RELEASE="-O3 -DNDEBUG" \
    -DFOKKER_BUILD_TESTS=OFF -DFOKKER_BUILD_BENCHMARKS=OFF
quietly cmake --build "$build" --target "$program"

if [ "$program" = fashion_moments ]; then
    exec "$build/examples/fashion_moments" /usr/share/datasets/fashion-mnist \
        "$root/examples/fashion/moments.txt"
fi
exec "$build/examples/fashion_samples" "$@"
