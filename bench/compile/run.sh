#!/usr/bin/env bash
# Measures what the headers cost to compile (-O2), beside Eigen/Core, which they include.
#
#   bench/compile/run.sh                  every header alone, the umbrella, and calls of sample
#   bench/compile/run.sh --calls          without the single headers
#   bench/compile/run.sh --repetitions N  how often each is compiled (3)
#   bench/compile/run.sh --help
#
# CXX is the compiler (g++). Exits with 1 if a call of ddim or ddpm costs more than the bar. The
# single times lie in build/bench.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
compiler="${CXX:-g++}"
repetitions=3 headers=yes bar=1.00
source "$root/cmake/shell.sh"

usage() { sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

while [ $# -gt 0 ]; do
    case "$1" in
        --calls) headers=no ;;
        --repetitions)
            want_number "$1" "${2:-}"
            repetitions="$2"
            shift
            ;;
        --help | -h) usage; exit 0 ;;
        *) refuse_words "$1" ;;
    esac
    shift
done

install_packages g++ pkg-config libeigen3-dev
eigen="$(pkg-config --cflags eigen3)"
results="$root/build/bench/compile-$(date +%Y%m%d-%H%M%S).tsv"
sources="$(mktemp -d)"
trap 'rm -rf "$sources"' EXIT
only_one "$root/build/bench"

# The things to compile, in the order of the table: a group, a name and a source file.
groups=() names=()
add() {
    groups+=("$1") names+=("$2")
    cat >"$sources/${#names[@]}.cpp"
}
add "in the beginning" "Eigen/Core" <<<"#include <Eigen/Core>"
if [ "$headers" = yes ]; then
    while read -r header; do
        add "a header alone" "$header" <<<"#include <Eigen/Core>
#include <$header>"
    done < <(cd "$root/include" && find fokker -name '*.hpp' ! -path '*/adapt/*' \
        ! -path fokker/fokker.hpp | LC_ALL=C sort)
fi
add "everything" "fokker/fokker.hpp" <<<"#include <fokker/fokker.hpp>"
for solver in ddim ddpm heun dpm_solver_pp_2m; do
    add "everything, and one call of sample" "$solver" \
        < <(sed "s/fokker::ddim{}/fokker::$solver{}/" "$here/call.cpp")
done

# Prints the processor's time in user mode: other programs disturb it less than the clock.
seconds_of() {
    local TIMEFORMAT=%3U
    # shellcheck disable=SC2086  # the options are words
    { time "$compiler" -std=c++20 -O2 -I"$root/include" $eigen -c "$1" -o "$sources/out.o" \
        2>"$sources/log"; } 2>&1 || {
        cat "$sources/log" >&2
        say "failed: $compiler on $1" >&2
        return 1
    }
}

say "compiling ${#names[@]} files $repetitions times, with $compiler"
# In rounds, so that a disturbance hits everything alike.
for ((round = 0; round < repetitions; ++round)); do
    for i in "${!names[@]}"; do
        seconds="$(seconds_of "$sources/$((i + 1)).cpp")"
        printf '%s\t%s\t%s\n' "${groups[$i]}" "${names[$i]}" "$seconds" >>"$results"
    done
done
status=0
awk -v bar="$bar" -f "$here/table.awk" "$results" || status=$?
say "single times: $results"
exit "$status"
