#!/usr/bin/env bash
# Runs random configurations of everything public under the sanitizers, and counts how they end.
#
#   tests/random.sh --count N       so many (1000); a million take hours: see --jobs
#   tests/random.sh --seed N        other ones (1)
#   tests/random.sh --first K       from number K of the seed on (0)
#   tests/random.sh --jobs N        N processes instead of one for each core, each with a part
#   tests/random.sh --fast          without sanitizers, many times as fast
#   tests/random.sh --verbose       says of each one what it is and how it ended
#   tests/random.sh --help
#
# Ends with 0 if each ended in a named error or in a finite result, as tests/README.md says, and with 1
# if one did not: the line "WRONG" has the options that run it alone. Packages that are missing are
# installed with apt-get, which needs root or sudo. Everything that is built lies in build/random.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
source "$root/cmake/shell.sh"
usage() { sed -n '2,15s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

count=1000 seed=1 first=0 jobs="$(nproc)" build="$root/build/random" more=()
flags="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
flags+=" -D_GLIBCXX_ASSERTIONS -g1"
while [ $# -gt 0 ]; do
    case "$1" in
        --count | --seed | --first | --jobs)
            [ $# -ge 2 ] || misused "$1 needs a value"
            printf -v "${1#--}" '%s' "$2"
            [[ "$2" =~ ^[0-9]+$ ]] || misused "$1 is $2; give a whole number"
            shift
            ;;
        --fast) flags="" build="$root/build/random-fast" ;;
        --verbose) more+=(--verbose) jobs=1 ;;
        --help | -h) usage; exit 0 ;;
        *) refuse_words "$1" ;;
    esac
    shift
done
want_number --count "$count"
want_number --jobs "$jobs"

only_one "$build"
install_packages g++ cmake ninja-build libeigen3-dev catch2 nlohmann-json3-dev
say "building"
quietly cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_CXX_FLAGS_DEBUG="-O1" -DCMAKE_CXX_FLAGS="$flags" -DFOKKER_TEST_SUITE=random \
    -DFOKKER_BUILD_EXAMPLES=OFF -DFOKKER_BUILD_BENCHMARKS=OFF
quietly cmake --build "$build" --target fokker_random

export ASAN_OPTIONS=abort_on_error=1 UBSAN_OPTIONS=abort_on_error=1:print_stacktrace=1
each=$(((count + jobs - 1) / jobs)) pids=() status=0
for ((job = 0; job < jobs && job * each < count; ++job)); do
    part=$((count - job * each < each ? count - job * each : each))
    "$build/tests/random/fokker_random" --seed "$seed" --first $((first + job * each)) \
        --count "$part" "${more[@]}" >"$build/part-$job.txt" 2>&1 &
    pids+=($!)
done
for job in "${!pids[@]}"; do
    wait "${pids[$job]}" || status=1
done
for job in "${!pids[@]}"; do grep -v -P '^[0-9]+\t|configurations, ' "$build/part-$job.txt" || true; done
# The tables of the parts together.
for job in "${!pids[@]}"; do grep -P '^[0-9]+\t' "$build/part-$job.txt" || true; done |
    awk -F '\t' '{ n[$2] += $1 } END { for (word in n) printf "%9d  %s\n", n[word], word }' |
    sort -k2
for job in "${!pids[@]}"; do grep 'configurations, ' "$build/part-$job.txt" || true; done |
    awk '{ all += $1; wrong += $3 } END { print all + 0 " configurations, " wrong + 0 " of them wrong" }'
exit "$status"
