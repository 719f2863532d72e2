#!/usr/bin/env bash
# Measures what the headers cost to compile (-O2), as a multiple of Eigen/Core, which they include.
#
#   bench/compile/run.sh                  every header alone, the umbrella, and programs
#   bench/compile/run.sh --programs       without the single headers
#   bench/compile/run.sh --few            and without programs that differ from others in their headers alone
#   bench/compile/run.sh --repetitions N  how often each is compiled (3)
#   bench/compile/run.sh --jobs N         how many at a time (1)
#   bench/compile/run.sh --help
#
# CXX is the compiler (g++). Exits with 1 if a program costs more than the most that is allowed. The
# single times lie in build/bench.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
compiler="${CXX:-g++}"
repetitions=3 headers=yes all_programs=yes jobs=1
source "$root/cmake/shell.sh"

usage() { sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

while [ $# -gt 0 ]; do
    case "$1" in
        --programs) headers=no ;;
        --few) headers=no all_programs=no ;;
        --repetitions | --jobs)
            want_number "$1" "${2:-}"
            if [ "$1" = --jobs ]; then jobs="$2"; else repetitions="$2"; fi
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

# The things to compile, in the order of the table: a group, a name, a source file, options, and for
# a program what is wanted and the most that is allowed, in multiples of Eigen/Core.
groups=() names=() files=() options=() wanted=() most=()
add() {
    groups+=("$1") names+=("$2") files+=("$3") options+=("${4:-}") wanted+=("${5:-}") most+=("${6:-}")
}
add_text() {
    cat >"$sources/${#names[@]}.cpp"
    add "$1" "$2" "$sources/${#names[@]}.cpp"
}
add_text "in the beginning" "Eigen/Core" <<<"#include <Eigen/Core>"
if [ "$headers" = yes ]; then
    while read -r header; do
        add_text "a header alone" "$header" <<<"#include <Eigen/Core>
#include <$header>"
    done < <(cd "$root/include" && find fokker -name '*.hpp' ! -path '*/adapt/*' \
        ! -path fokker/fokker.hpp | LC_ALL=C sort)
fi
add_text "everything" "fokker/fokker.hpp" <<<"#include <fokker/fokker.hpp>"
add_programs() {
    local group="$1" with="$2"
    add "$group" "ddim" "$here/call.cpp" "$with" "$3" "$4"
    add "$group" "ddim, heun, unipc" "$here/call.cpp" "$with -DTHREE" "$5" "$6"
    # What the headers make of it, they make of the other two.
    [[ $all_programs = no && $with = *$few* ]] ||
        add "$group" "all by name" "$here/catalogue.cpp" "$with" "$7" "$8"
}
few=-DFEW_HEADERS
# Raised when 14 solvers, flow maps, corrections and paths of elements came: to be won back.
add_programs "with fokker/fokker.hpp" "" 2.8 7.0 3.6 8.4 15 27
add_programs "with the headers needed" "$few" 2.4 5.8 3.0 7.1 "" 26
add_programs "compiled form, fokker/fokker.hpp" "-DFOKKER_COMPILED" "" 3.7 "" 4.4 "" 15
add_programs "compiled form, the headers needed" "-DFOKKER_COMPILED $few" 1.8 3.0 2.1 4.0 5 14

# Prints the processor's time in user mode: other programs disturb it less than the clock.
seconds_of() {
    local TIMEFORMAT=%3U
    # shellcheck disable=SC2086  # the options are words
    { time "$compiler" -std=c++20 -O2 -I"$root/include" $eigen $2 -c "$1" -o "$sources/$3.o" \
        2>"$sources/$3.log"; } 2>&1 || {
        cat "$sources/$3.log" >&2
        say "failed: $compiler on $1" >&2
        return 1
    }
}

say "compiling ${#names[@]} files $repetitions times, with $compiler"
measure() {
    local seconds
    seconds="$(seconds_of "${files[$1]}" "${options[$1]}" "$1-$2")"
    printf '%s\t%s\t%s\t%s\t%s\n' "${groups[$1]}" "${names[$1]}" "$seconds" "${wanted[$1]}" \
        "${most[$1]}" >"$sources/$1-$2.row"
}

# In rounds, so that a disturbance hits everything alike. The first, by which all are divided, is short,
# so it is measured all along the way.
order=()
for ((round = 0; round < repetitions; ++round)); do
    for i in "${!names[@]}"; do
        ((i % 4 != 1)) || order+=("0 $round-$i")
        ((i == 0)) || order+=("$i $round")
    done
done
running=0
for each in "${order[@]}"; do
    if ((running == jobs)); then
        wait -n
        running=$((running - 1))
    fi
    # shellcheck disable=SC2086  # two words
    measure $each &
    running=$((running + 1))
done
while ((running > 0)); do
    wait -n
    running=$((running - 1))
done
for each in "${order[@]}"; do cat "$sources/${each/ /-}.row"; done >"$results"
status=0
awk -f "$here/table.awk" "$results" || status=$?
say "single times: $results"
exit "$status"
