#!/usr/bin/env bash
# Measures time against the number of elements and against the batch, and draws the curves.
#
#   bench/scaling/run.sh                   measures, and draws docs/images/scaling.png
#   bench/scaling/run.sh --repetitions N   the best of N measurements, in place of 7
#   bench/scaling/run.sh --draw FOLDER     draws it from the results of an earlier run
#   bench/scaling/run.sh --smoke           only whether everything runs; the picture stays as it is
#   bench/scaling/run.sh --help
#
# The first run installs what is missing with apt-get, which needs root or sudo, and matplotlib with
# pip into build/peers-venv. Later runs need no network. The full results, one folder of JSON files
# a run, lie in build/bench. It takes some minutes and 1 GB of memory.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$(dirname "$here")")"
source "$root/bench/setup.sh"

repetitions=7 seconds=0.02 filter=. results="" picture="$root/docs/images/scaling.png"

usage() { sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

while [ $# -gt 0 ]; do
    case "$1" in
        --smoke)
            repetitions=1 seconds=0.0001 filter='/(16|64|1024)$|memory'
            picture="$root/build/bench/scaling-smoke.png"
            ;;
        --repetitions | --draw)
            [ $# -ge 2 ] || misused "$1 needs a value"
            if [ "$1" = --draw ]; then
                results="${2%/}"
                [ -f "$results/fokker_scaling_bench.json" ] ||
                    misused "'$2' is no folder with the results of an earlier run"
            else
                want_number "$1" "$2"
                repetitions="$2"
            fi
            shift
            ;;
        --help | -h) usage; exit 0 ;;
        *) refuse_words "$1" ;;
    esac
    shift
done

only_one "$root/build/bench"
use_python "$root/build/peers-venv" "$here/requirements.txt"
if [ -z "$results" ]; then
    build_bench native fokker_scaling_bench fokker_scaling_bench_openmp
    results="$root/build/bench/scaling-$(date +%Y%m%d-%H%M%S)"
    mkdir -p "$results"
    if awk '{ exit !($1 > 0.5) }' /proc/loadavg; then
        say "the machine is busy (load $(cut -d ' ' -f 1 /proc/loadavg)): threads may wait for others"
    fi
    for name in fokker_scaling_bench fokker_scaling_bench_openmp; do
        say "running: $name, $repetitions repetitions of each benchmark, in random order"
        quietly "$(program native "$name")" \
            --benchmark_filter="$filter" \
            --benchmark_enable_random_interleaving=true \
            --benchmark_repetitions="$repetitions" \
            --benchmark_min_time="$seconds" \
            --benchmark_out="$results/$name.json" --benchmark_out_format=json
    done
fi
mkdir -p "$(dirname "$picture")"
"$python" "$here/draw.py" "$results"/*.json --out "$picture"
say "full results: $results"
say "picture: $picture"
