#!/usr/bin/env bash
# Builds the benchmarks, runs them and prints a table of the medians.
#
#   bench/run.sh                  everything, compiled for this machine (-O3 -march=native)
#   bench/run.sh --plain          compiled for any machine of this architecture (-O3)
#   bench/run.sh --filter REGEX   only the benchmarks whose names match, such as '^sweep/float'
#   bench/run.sh --smoke          only whether everything runs; the figures mean nothing
#   bench/run.sh --show FILE      the table of an earlier run
#   bench/run.sh --compile ..     what the headers cost to compile: bench/compile/run.sh
#   bench/run.sh --help
#
# Packages that are missing are installed with apt-get, which needs root or sudo. What is built and
# the full results, one JSON file a run, lie in build/bench.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$here")"
source "$here/setup.sh"

kind=native filter=. show=""
repetitions=11 seconds=0.02

usage() { sed -n '2,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

while [ $# -gt 0 ]; do
    case "$1" in
        --plain) kind=plain ;;
        --compile) exec bash "$here/compile/run.sh" "${@:2}" ;;
        --smoke) repetitions=1 seconds=0.0001 ;;
        --filter | --show)
            if [ $# -lt 2 ]; then
                usage
                exit 2
            fi
            if [ "$1" = --filter ]; then filter="$2"; else show="$2"; fi
            shift
            ;;
        --help | -h) usage; exit 0 ;;
        *) usage; exit 2 ;;
    esac
    shift
done

if [ -n "$show" ]; then
    exec awk -f "$here/table.awk" "$show"
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
grep -q '"run_name"' "$results" || { say "no benchmark's name matches '$filter'"; exit 1; }
awk -f "$here/table.awk" "$results"
say "full results: $results"
