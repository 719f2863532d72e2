# Sourced by the run.sh scripts of bench/, which set `root`, so that all of them build the same
# programs in the same folders. Beside what cmake/shell.sh gives:
#
#   build_bench KIND TARGET...   builds programs in build/bench/KIND: native is for this machine
#                                (-O3 -march=native), plain for any of this architecture (-O3)
#   program KIND TARGET          where such a program lies
source "$root/cmake/shell.sh"

build_bench() {
    local kind="$1" build="$root/build/bench/$1" machine=""
    shift
    want_number JOBS "${JOBS:-$(nproc)}"
    [ "$kind" = plain ] || machine="-march=native"
    install_packages g++ cmake ninja-build libeigen3-dev libbenchmark-dev
    only_one "$root/build/bench"
    mkdir -p "$build"
    say "building for $kind"
    quietly cmake -S "$root" -B "$build" -G Ninja \
        -DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_FLAGS_RELEASE=-O3 -DNDEBUG" \
        "-DCMAKE_CXX_FLAGS=$machine" \
        -DFOKKER_BUILD_BENCHMARKS=ON -DFOKKER_BUILD_TESTS=OFF -DFOKKER_BUILD_EXAMPLES=OFF
    quietly cmake --build "$build" --target "$@" \
        --parallel "${JOBS:-$(nproc)}"
}

program() { find "$root/build/bench/$1" -name "$2" -type f -perm -u+x; }
