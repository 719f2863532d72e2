#!/usr/bin/env bash
# Builds and tests everything with GCC, on a Debian 12 where nothing is installed yet, too.
#
#   tests/run.sh           GCC: everything
#   tests/run.sh --quick   the library's unit tests, scripts and style alone: ten minutes instead of half
#                          an hour. Without properties of every solver, adapters and engines, examples,
#                          benchmarks, the documentation's programs, what must not compile, each header by
#                          itself, installed packages, other machines, threads and compile times
#   tests/run.sh --others  the other configurations instead: Clang 16 under its sanitizers, with random
#                          configurations; threads with native vectors; -ffast-math
#   tests/run.sh --help
#
# JOBS=N builds and tests N at a time instead of one for each core. Packages that are missing are
# installed with apt-get, which needs root or sudo. Everything that is built lies in build/. The last
# lines are the summary of ctest over all configurations. See tests/README.md for a single test.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
jobs="${JOBS:-$(nproc)}"

# Each line is a preset and its part of the suite. GCC takes everything but the random configurations.
configurations=(
    "dev-gcc unit;properties;headers;compile;standard;nvcc;budget;docs;consumer;packages;platforms;threads;smoke;long;scripts;style"
)
quick_configurations=("dev-gcc unit;-adapt;-engine;-examples;-long;scripts;style")
# Clang takes the random ones under its sanitizers, with all unit tests except those that run over every
# solver. The last two differ in the generated code only, and take parts in which it matters. The first of
# them has the headers alone, and so have programs of the documentation and examples; the others the
# compiled form.
other_configurations=(
    "sanitize unit;compile;standard;random"
    "native noise;kernel;standard;forward/training;solver/properties"
    "fast-math verbs;kernel;noise;solver/properties;solver/multistep_properties"
)

packages=(g++ cmake ninja-build pkg-config libeigen3-dev libxtensor-dev libdlpack-dev catch2
    libbenchmark-dev libcli11-dev libstb-dev zlib1g-dev dataset-fashion-mnist libboost-math-dev
    nlohmann-json3-dev openmpi-bin strace faketime clang-format-16 python3)

source "$root/cmake/shell.sh"
usage() { sed -n '2,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

which=all
case "${1:-}" in
    --quick | --others) which="${1#--}"; shift ;;
    --help | -h) usage; exit 0 ;;
esac
refuse_words "$@"
want_number JOBS "$jobs"
case "$which" in
    quick) configurations=("${quick_configurations[@]}") ;;
    others) configurations=("${other_configurations[@]}") ;;
esac
if [ "$which" != quick ]; then
    # The rest of the machines of docs/platforms.md is tried by tests/platforms.sh.
    packages+=(clang-16 libclang-rt-16-dev libc++-16-dev libc++abi-16-dev
        g++-aarch64-linux-gnu qemu-user)
fi

only_one "$root/build/all"
install_packages "${packages[@]}"
cd "$root"

# One ctest over all configurations: their folders become subfolders of build/all.
: >build/all/CTestTestfile.cmake
main_of_gcc="$root/build/dev-gcc/tests/CMakeFiles/fokker_test_main.dir/main.cpp.o"
for configuration in "${configurations[@]}"; do
    read -r preset suite <<<"$configuration"
    say "$preset: configuring and building ($suite)"
    begin=$SECONDS
    # Benchmarks and examples are built where they are tried.
    whole=OFF
    [[ "$suite" = *smoke* ]] && whole=ON
    # Debugging information would take an eighth of the time, and more with Clang. What runs for long is
    # optimised, and so is what GCC warns of only then: programs of the documentation, examples.
    fast=("-DCMAKE_CXX_FLAGS_DEBUG=-O1")
    if [ "$preset" = dev-gcc ]; then
        fast+=(-DFOKKER_TEST_UNOPTIMISED=ON)
    elif [ -e "$main_of_gcc" ]; then  # Catch2 itself, which is under no test
        fast+=("-DFOKKER_TEST_MAIN=$main_of_gcc")
    fi
    # Nothing may be left out without a word.
    quietly cmake --preset "$preset" "-DFOKKER_BUILD_BENCHMARKS=$whole" \
        "-DFOKKER_BUILD_EXAMPLES=$whole" -DFOKKER_REQUIRE_ALL=ON \
        "-DFOKKER_TEST_SUITE=$suite" "-DFOKKER_TEST_PREFIX=$preset/" "${fast[@]}"
    quietly cmake --build --preset "$preset" --parallel "$jobs"
    say "$preset: built in $((SECONDS - begin)) s"
    printf 'subdirs("%s")\n' "$root/build/$preset" >>build/all/CTestTestfile.cmake
done

# More threads than a small machine has cores, so that work is split there, too.
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-4}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
say "testing"
ctest --test-dir build/all --output-on-failure --no-tests=error --no-label-summary \
    --parallel "$jobs"
