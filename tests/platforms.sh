#!/usr/bin/env bash
# Tries all machines and compilers of docs/platforms.md that Debian 12 has: what tests/run.sh tries of
# them, WebAssembly by emscripten under node, and Windows by MinGW under wine; and the page that draws
# in a browser (tests/web.sh).
#
#   tests/platforms.sh          installs them (some GB), compiles one program for each and runs it
#   tests/platforms.sh --help
#
# JOBS=N takes N at a time instead of one for each core.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
jobs="${JOBS:-$(nproc)}"

packages=(g++ cmake ninja-build libeigen3-dev catch2 nlohmann-json3-dev clang-16 libc++-16-dev
    libc++abi-16-dev g++-aarch64-linux-gnu qemu-user emscripten nodejs g++-mingw-w64-x86-64-posix wine
    wine64)

source "$root/cmake/shell.sh"
usage() { sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

case "${1:-}" in
    --help | -h) usage; exit 0 ;;
esac
refuse_words "$@"
want_number JOBS "$jobs"

only_one "$root/build/platforms"
install_packages "${packages[@]}"
cd "$root"

quietly cmake -B build/platforms -G Ninja -DFOKKER_BUILD_EXAMPLES=OFF -DFOKKER_BUILD_BENCHMARKS=OFF \
    -DFOKKER_TEST_SUITE=platforms -DFOKKER_REQUIRE_PLATFORMS=ON
export WINEPREFIX="${WINEPREFIX:-$root/build/platforms/wine}"
ctest --test-dir build/platforms --output-on-failure --no-tests=error --no-label-summary \
    --parallel "$jobs"

bash "$root/tests/web.sh"
