#!/usr/bin/env bash
# Builds the benchmarks, runs them and prints a table of the medians.
#
#   bench/run.sh                  everything, compiled for this machine (-O3 -march=native)
#   bench/run.sh --plain          compiled for any machine of this architecture (-O3)
#   bench/run.sh --filter REGEX   only the benchmarks whose names match, such as '^sweep/float'
#   bench/run.sh --smoke          only whether everything runs; the figures mean nothing
#   bench/run.sh --show FILE      the table of an earlier run, in build/bench
#   bench/run.sh --compile ..     what the headers cost to compile: bench/compile/run.sh
#   bench/run.sh --help
#
# Packages that are missing are installed with apt-get, which needs root or sudo. What is built and
# the full results, one JSON file a run, lie in build/bench.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$here")"
source "$here/setup.sh"

kind=native filter=. show=no
repetitions=11 seconds=0.02

usage() { sed -n '2,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

while [ $# -gt 0 ]; do
    case "$1" in
        --plain) kind=plain ;;
        --compile) exec bash "$here/compile/run.sh" "${@:2}" ;;
        --smoke) repetitions=1 seconds=0.0001 ;;
        --filter | --show)
            [ $# -ge 2 ] || misused "$1 needs a value"
            if [ "$1" = --filter ]; then filter="$2"; else show=yes shown="$2"; fi
            shift
            ;;
        --help | -h) usage; exit 0 ;;
        *) refuse_words "$1" ;;
    esac
    shift
done

if [ "$show" = yes ]; then
    exec awk -f "$here/table.awk" <"$shown"
fi

build_bench "$kind" fokker_bench

results="$root/build/bench/results-$kind-$(date +%Y%m%d-%H%M%S).json"
say "running: $repetitions repetitions of each benchmark, in random order"
# Interleaved, a disturbance hits both sides of a ratio alike. One repetition has no median.
quietly "$(program "$kind" fokker_bench)" \
    --benchmark_filter="$filter" \
    --benchmark_enable_random_interleaving=true \
    --benchmark_repetitions="$repetitions" \
    --benchmark_min_time="$seconds" \
    --benchmark_out="$results" --benchmark_out_format=json
if ! grep -q '"run_name"' "$results"; then
    rm -f "$results"
    say "no benchmark's name matches the regular expression '$filter'"
    exit 1
fi
awk -f "$here/table.awk" "$results"
say "full results: $results"
