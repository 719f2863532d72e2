#!/usr/bin/env bash
# Normals a second by compiler and flags, in thousand millions: float, double.
#
#   bench/noise/flags.sh            with g++, and with clang++-19 where it is installed
#   bench/noise/flags.sh COMPILER.. with these
#   bench/noise/flags.sh --help
#
# Packages that are missing are installed with apt-get, which needs root or sudo.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
source "$root/bench/setup.sh"

case "${1:-}" in
    --help | -h) sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
esac
compilers=("$@")
if [ $# -eq 0 ]; then
    compilers=(g++)
    if command -v clang++-19 >/dev/null; then compilers+=(clang++-19); fi
fi

install_packages g++ pkg-config libeigen3-dev libbenchmark-dev
build="$root/build/bench/flags"
only_one "$root/build/bench"
mkdir -p "$build"
printf '%-12s %-36s %8s %8s\n' compiler flags float double
for compiler in "${compilers[@]}"; do
    for flags in "-O2" "-O3" "-O2 -ffast-math" "-O2 -mavx2 -mfma" "-O2 -march=native" \
        "-O3 -march=native" "-O3 -march=native -ffast-math"; do
        # shellcheck disable=SC2046,SC2086
        quietly "$compiler" -std=c++20 $flags "-I$root/include" \
            $(pkg-config --cflags eigen3) "$here/philox_bench.cpp" -o "$build/philox" \
            -lbenchmark_main -lbenchmark -lpthread
        "$build/philox" --benchmark_filter=philox --benchmark_repetitions=11 \
            --benchmark_min_time=0.02 --benchmark_enable_random_interleaving=true \
            --benchmark_format=csv 2>/dev/null |
            awk -F, -v compiler="$compiler" -v flags="$flags" '
                /^"noise\/float.*_median"/ { single = $7 / 1e9 }
                /^"noise\/double.*_median"/ { twice = $7 / 1e9 }
                END { printf "%-12s %-36s %8.2f %8.2f\n", compiler, flags, single, twice }'
    done
done
