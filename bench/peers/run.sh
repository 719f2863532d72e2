#!/usr/bin/env bash
# Measures Fokker beside other libraries, in turns in the same run, on one thread, and prints a
# table of the medians.
#
#   bench/peers/run.sh                   everything, in 11 rounds
#   bench/peers/run.sh --repetitions N   in N rounds
#   bench/peers/run.sh --filter REGEX    only the rows whose name/peer/size match, such as '^ddim/'
#   bench/peers/run.sh --smoke           only whether everything runs; the figures mean nothing
#   bench/peers/run.sh --help
#
# The first run installs what is missing with apt-get, which needs root or sudo, and the Python
# packages of requirements.txt with pip into build/peers-venv: some gigabytes, for torch. Later runs
# need no network. The full results, one JSON file a run, lie in build/bench.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$(dirname "$here")")"
source "$root/bench/setup.sh"

repetitions=11 seconds=0.02 filter=""

usage() { sed -n '2,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

while [ $# -gt 0 ]; do
    case "$1" in
        --smoke) repetitions=1 seconds=0.0001 ;;
        --repetitions | --filter)
            [ $# -ge 2 ] || misused "$1 needs a value"
            if [ "$1" = --filter ]; then filter="$2"; else repetitions="$2"; fi
            [ "$1" = --filter ] || want_number "$1" "$2"
            shift
            ;;
        --help | -h) usage; exit 0 ;;
        *) refuse_words "$1" ;;
    esac
    shift
done

build_bench native fokker_bench fokker_peers_bench
use_python "$root/build/peers-venv" "$here/requirements.txt"
results="$root/build/bench/peers-$(date +%Y%m%d-%H%M%S).json"
say "running: $repetitions rounds"
# The C library keeps what is freed, or a peer that takes its arrays anew in each step pays for page
# faults in one run and not in the next: a step of Heun's may then take 5 times as long.
export OMP_NUM_THREADS=1 MALLOC_TRIM_THRESHOLD_=1000000000 MALLOC_MMAP_THRESHOLD_=1000000000
"$python" "$here/measure.py" \
    --fokker "$(program native fokker_bench)" --loops "$(program native fokker_peers_bench)" \
    --repetitions "$repetitions" --seconds "$seconds" --filter "$filter" --out "$results"
say "full results: $results"
