#!/usr/bin/env bash
# Tests the Gaussian noise with 10^9 draws in float and as many in double, and prints a table.
#
#   tests/long/run.sh               everything: about a minute, depending on the machine
#   tests/long/run.sh --draws N     N draws of each type, 1e6 to 1e10
#   tests/long/run.sh --smoke       a million draws of each type: only whether everything runs
#   tests/long/run.sh --threads N   N threads instead of one for each core; the result is the same
#   tests/long/run.sh --defects     whether the tests refuse defective generators: a minute, too
#   tests/long/run.sh --help
#
# The rule, for all tests together: Bonferroni at 1e-6. Of m tests one is refused if its p-value is
# below 1e-6 / m, so that a perfect generator is refused with a probability of at most 1e-6. The
# seeds are fixed: the same code gives the same table on every run, and a refusal is a defect.
#
# Ends with 0 if nothing was refused, with 1 if something was. Packages that are missing are
# installed with apt-get, which needs root or sudo. Everything that is built lies in build/long.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
build="$root/build/long"
packages=(g++ cmake ninja-build libeigen3-dev libboost-math-dev libcli11-dev catch2
    nlohmann-json3-dev)

source "$root/cmake/shell.sh"
usage() { sed -n '2,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

program=fokker_normality
arguments=("$@")
while [ $# -gt 0 ]; do
    case "$1" in
        --smoke) ;;
        --draws | --threads)
            [ $# -ge 2 ] || misused "$1 needs a value"
            shift
            ;;
        --defects) program=fokker_normality_defects arguments=(--durations yes) ;;
        --help | -h) usage; exit 0 ;;
        *) refuse_words "$1" ;;
    esac
    shift
done

only_one "$build"
install_packages "${packages[@]}"
say "building $program for this machine"
quietly cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_CXX_FLAGS=-march=native -DCMAKE_CXX_FLAGS_RELEASE="-O3 -DNDEBUG" \
    -DFOKKER_TEST_SUITE=long -DFOKKER_BUILD_EXAMPLES=OFF -DFOKKER_BUILD_BENCHMARKS=OFF
quietly cmake --build "$build" --target "$program"
exec "$build/tests/long/$program" "${arguments[@]}"
