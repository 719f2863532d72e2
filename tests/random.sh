#!/usr/bin/env bash
# Runs random configurations of everything public under the sanitizers, and counts how they end.
#
#   tests/random.sh --count N       so many (1000); a million take hours: see --jobs
#   tests/random.sh --seed N        other ones (1)
#   tests/random.sh --first K       from number K of the seed on (0)
#   tests/random.sh --only KIND     gaussian or discrete, instead of so many of each
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
usage() { sed -n '2,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

count=1000 seed=1 first=0 only=both jobs="$(nproc)" build="$root/build/random" more=()
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
        --only)
            case "${2:-}" in
                gaussian | discrete) only="$2" ;;
                *) misused "--only is ${2:-not given}; give gaussian or discrete" ;;
            esac
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
programs=()
[ "$only" = discrete ] || programs+=(fokker_random)
[ "$only" = gaussian ] || programs+=(fokker_random_discrete)
quietly cmake --build "$build" --target "${programs[@]}"

export ASAN_OPTIONS=abort_on_error=1 UBSAN_OPTIONS=abort_on_error=1:print_stacktrace=1
each=$(((count + jobs - 1) / jobs)) status=0
for program in "${programs[@]}"; do
    kind=gaussian
    [ "$program" = fokker_random ] || kind=discrete
    pids=() parts=()
    for ((job = 0; job < jobs && job * each < count; ++job)); do
        part=$((count - job * each < each ? count - job * each : each))
        parts+=("$build/$kind-$job.txt")
        "$build/tests/random/$program" --seed "$seed" --first $((first + job * each)) \
            --count "$part" "${more[@]}" >"${parts[-1]}" 2>&1 &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || status=1
    done
    # What is wrong, with the words that run it alone; then the tables of the parts together.
    cat "${parts[@]}" | grep -v -P '^[0-9]+\t|configurations, ' |
        sed "s/--seed [0-9]* --first/--only $kind &/" || true
    cat "${parts[@]}" | grep -P '^[0-9]+\t' |
        awk -F '\t' '{ n[$2] += $1 } END { for (word in n) printf "%9d  %s\n", n[word], word }' |
        sort -k2 || true
    cat "${parts[@]}" | grep 'configurations, ' | awk -v kind="$kind" '{ all += $1; wrong += $3 }
        END { print all + 0 " " kind " configurations, " wrong + 0 " of them wrong" }' || true
done
exit "$status"
