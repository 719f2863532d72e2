# Sourced by the run.sh scripts of bench/, which set `root`, so that all of them build the same
# programs in the same folders.
#
#   say WORDS...                 prints a line
#   quietly LOG COMMAND...       prints the log of a command only if it fails
#   build_bench KIND TARGET...   builds programs in build/bench/KIND: native is for this machine
#                                (-O3 -march=native), plain for any of this architecture (-O3)
#   program KIND TARGET          where such a program lies
#   use_python REQUIREMENTS      sets `python` to one that has these packages, in build/peers-venv;
#                                needs a network only when the file changed
source "$root/cmake/packages.sh"

say() { printf '== %s\n' "$*"; }

quietly() {
    local log="$1"
    shift
    if ! "$@" >"$log" 2>&1; then
        tail -n 100 "$log"
        say "failed: $*"
        exit 1
    fi
}

build_bench() {
    local kind="$1" build="$root/build/bench/$1" machine=""
    shift
    [ "$kind" = plain ] || machine="-march=native"
    install_packages g++ cmake ninja-build libeigen3-dev libbenchmark-dev
    mkdir -p "$build"
    say "building for $kind"
    quietly "$build/build.log" cmake -S "$root" -B "$build" -G Ninja \
        -DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_FLAGS_RELEASE=-O3 -DNDEBUG" \
        "-DCMAKE_CXX_FLAGS=$machine" \
        -DFOKKER_BUILD_BENCHMARKS=ON -DFOKKER_BUILD_TESTS=OFF -DFOKKER_BUILD_EXAMPLES=OFF
    quietly "$build/build.log" cmake --build "$build" --target "$@" \
        --parallel "${JOBS:-$(nproc)}"
}

program() { find "$root/build/bench/$1" -name "$2" -type f -perm -u+x; }

use_python() {
    local wanted="$1" place="$root/build/peers-venv" installed
    installed="$place/$(basename "$(dirname "$wanted")").txt"
    python="$place/bin/python"
    if cmp -s "$wanted" "$installed"; then
        return
    fi
    install_packages python3-venv
    say "installing $(grep -v '^#' "$wanted" | paste -sd ' ') into build/peers-venv, once"
    mkdir -p "$place"
    [ -x "$python" ] || quietly "$place.log" python3 -m venv "$place"
    quietly "$place.log" "$python" -m pip install --requirement "$wanted"
    cp "$wanted" "$installed"
}
