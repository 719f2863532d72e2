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

say() { printf '== %s\n' "$*" >&2; }

# Shows what a command printed only if it fails.
quietly() {
    local log
    log="$(mktemp)"
    if ! "$@" >"$log" 2>&1; then
        tail -n 100 "$log" >&2
        rm -f "$log"
        say "failed: $*"
        exit 1
    fi
    rm -f "$log"
}

install_packages() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "no apt-get here: taking what is installed (wanted: ${packages[*]})"
        return
    fi
    local missing=() package as_root=()
    for package in "${packages[@]}"; do
        dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ]; then
        if ! sudo -n true 2>/dev/null && ! { [ -t 0 ] && sudo -v; }; then
            say "missing, and neither root nor sudo; as root: apt-get install ${missing[*]}"
            exit 1
        fi
        as_root=(sudo)
    fi
    say "installing ${missing[*]}"
    quietly "${as_root[@]}" apt-get update
    quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${missing[@]}"
}

install_packages
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
