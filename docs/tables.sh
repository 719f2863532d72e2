#!/usr/bin/env bash
# Writes the tables of docs/solvers.md and docs/which-sampler.md anew, between their marks.
#
#   bash docs/tables.sh
#
# Needs g++ and Eigen, which are installed with apt-get where they are missing (as root, or by sudo).
# Takes about a minute.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$here")"
source "$root/cmake/shell.sh"

case "${1:-}" in
    "") ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac

# put PAGE NAME: standard input takes the place of what stands between the marks of this name.
put() {
    local table
    table="$(mktemp)"
    cat >"$table"
    grep -q "<!-- $2: " "$here/$1" || { say "docs/$1 has no marks '$2'"; exit 1; }
    awk -v table="$table" -v begin="<!-- $2: written by docs/tables.sh -->" \
        -v end="<!-- $2: end -->" '
        $0 == end { inside = 0 }
        !inside { print }
        $0 == begin { inside = 1; while ((getline line < table) > 0) print line }
    ' "$here/$1" >"$table.page"
    cat "$table.page" >"$here/$1"
    rm -f "$table" "$table.page"
}

install_packages g++ libeigen3-dev
mkdir -p "$root/build"
say "building"
for program in solvers errors; do
    quietly g++ -std=c++20 -O2 -I "$root/include" -I "$root/tests" -isystem /usr/include/eigen3 \
        "$here/tables/$program.cpp" -o "$root/build/table-$program"
done
say "measuring"
"$root/build/table-solvers" | put solvers.md solvers
for table in karras trailing guided flow samples; do
    "$root/build/table-errors" "$table" | put which-sampler.md "$table"
done
say "tables: docs/solvers.md, docs/which-sampler.md"
