#!/usr/bin/env bash
# Tests what needs a large library, which tests/run.sh installs none of: arrays and engines of
# PyTorch and OpenCV, OpenVINO and ONNX Runtime.
#
#   tests/engines.sh          installs the libraries (about 1.5 GB), builds their tests and runs them
#   tests/engines.sh --help
#
# ONNX Runtime's wheel has no headers: without FOKKER_ONNXRUNTIME_INCLUDE, the folder of
# onnxruntime_c_api.h, its tests are skipped, and said to be at the end. So are programs for CUDA's
# headers. Whatever else is missing is an error.
# JOBS=N builds and tests N at a time instead of one for each core.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
jobs="${JOBS:-$(nproc)}"

# Each line: a library's packages, and the tests that need it, as FOKKER_TEST_SUITE takes them.
libraries=(
    "libtorch-dev | adapt/torch engine/torch"
    "libopencv-dev | adapt/opencv engine/opencv_dnn"
    "| engine/openvino engine/onnxruntime"  # wheels, by take_engines
)
# Pages with programs for these libraries, whose other programs are run, too.
pages=(docs/arrays.md docs/engines.md)
packages=(g++ cmake ninja-build libeigen3-dev libxtensor-dev libdlpack-dev catch2 nlohmann-json3-dev)

source "$root/cmake/shell.sh"
usage() { sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

case "${1:-}" in
    --help | -h) usage; exit 0 ;;
esac
refuse_words "$@"
want_number JOBS "$jobs"

suite=("${pages[@]}")
for library in "${libraries[@]}"; do
    read -r -a wanted <<<"${library%%|*}"
    read -r -a tests <<<"${library#*|}"
    packages+=("${wanted[@]}")
    suite+=("${tests[@]}")
done
only_one "$root/build/engines"
install_packages "${packages[@]}"
take_engines "$root/build/wheels"
cd "$root"

say "configuring and building (${suite[*]})"
configured="$root/build/engines/configured.log"
quietly bash -o pipefail -c '"$@" 2>&1 | tee "$0"' "$configured" \
    cmake --preset dev-gcc -B build/engines -DFOKKER_COMPILED=OFF -DFOKKER_BUILD_EXAMPLES=OFF \
    -DFOKKER_BUILD_BENCHMARKS=OFF -DCMAKE_CXX_FLAGS_DEBUG=-O1 -DFOKKER_TEST_UNOPTIMISED=ON \
    -DFOKKER_REQUIRE_ALL=ON -DFOKKER_REQUIRE_LARGE=ON "${engines[@]}" \
    "-DFOKKER_TEST_SUITE=$(IFS=';' && echo "${suite[*]}")"
quietly cmake --build build/engines --parallel "$jobs"
say "built after $SECONDS s"

# A thread of PyTorch or OpenCV for each core would wait for the other tests.
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
say "drawing the same garments in every engine"
required=(--require OpenVINO --require LibTorch)
[ -z "${FOKKER_ONNXRUNTIME_INCLUDE:-}" ] || required+=(--require "ONNX Runtime")
bash examples/run.sh engines --count 2 --steps 4 --repetitions 1 "${required[@]}"

say "making terrains by a network of others"
bash examples/run.sh terrain

say "testing"
ctest --test-dir build/engines --output-on-failure --no-tests=error --no-label-summary \
    --parallel "$jobs"
say "all of it took $SECONDS s"
# What cannot be installed; anything else would have ended the configuration with an error.
sed -n 's/^-- \(.*\): left out, as /== skipped: \1: /p' "$configured" >&2
