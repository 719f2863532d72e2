#!/usr/bin/env bash
# Writes the tables of docs/solvers.md, docs/from-diffusers.md, docs/from-diffusers-classes.md, docs/from-comfyui.md,
# docs/sampler-errors.md, docs/latents.md, docs/discrete.md and docs/scale.md anew, between their marks, and those of
# docs/optimal-variance.md from examples/fashion_quality/results.csv, which is not measured anew.
#
#   bash docs/tables.sh
#
# Needs g++, Eigen, nlohmann/json and Python, which are installed with apt-get where they are missing (as root, or by
# sudo).
# Takes about a minute.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$here")"
source "$root/cmake/shell.sh"

usage() { sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
case "${1:-}" in
    --help | -h) usage; exit 0 ;;
esac
refuse_words "$@"
only_one "$root/build/tables"

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

install_packages g++ libeigen3-dev nlohmann-json3-dev python3
mkdir -p "$root/build"
say "building"
for program in solvers diffusers names errors latents discrete; do
    quietly g++ -std=c++20 -O2 -I "$root/include" -I "$root/tests" -isystem /usr/include/eigen3 \
        "$here/tables/$program.cpp" -o "$root/build/table-$program"
done
say "measuring"
"$root/build/table-solvers" | put solvers.md solvers
"$root/build/table-diffusers" | while read -r table; do
    case "$table" in
        classes | "not served") page=from-diffusers.md ;;
        *) page=from-diffusers-classes.md ;;
    esac
    "$root/build/table-diffusers" "$table" | put "$page" "$table"
done
for table in "comfyui samplers" "comfyui schedulers" "k-diffusion samplers" "k-diffusion sigmas" \
    "stable-diffusion.cpp samplers" "stable-diffusion.cpp schedulers"; do
    "$root/build/table-names" "$table" | put from-comfyui.md "$table"
done
for table in karras trailing guided flow samples; do
    "$root/build/table-errors" "$table" | put sampler-errors.md "$table"
done
"$root/build/table-latents" | put latents.md latents
"$root/build/table-discrete" | put discrete.md samplers
python3 "$here/tables/scale.py" | put scale.md failures

results="$root/examples/fashion_quality/results.csv"
# put_quality NAME what row column only row_least column_least
put_quality() {
    [ -f "$results" ] || { say "$results is missing"; exit 1; }
    awk -F, -v of="$2" -v row="$3" -v column="$4" -v only="$5" \
        -v row_least="$6" -v column_least="$7" -f "$here/tables/quality.awk" "$results" |
        put optimal-variance.md "$1"
}
put_quality quality distance method steps linspace 3 4
changes="ddpm-upper ddpm;ddpm analytic-ddpm;analytic-ddpm analytic-ddpm-map;analytic-ddpm-map npr-ddpm"
changes+=";npr-ddpm sn-ddpm;ddim analytic-ddim;analytic-ddim analytic-ddim-map"
changes+=";analytic-ddim-map npr-ddim;npr-ddim sn-ddim"
awk -F, -v pairs="$changes" -v only=linspace -f "$here/tables/changes.awk" "$results" |
    put optimal-variance.md changes
put_quality bits bits method steps linspace 2 3
for steps in 5 10 20; do
    put_quality "grids of $steps steps" distance method grid "$steps" 2 1
done
put_quality "bits of grids" bits grid steps analytic-ddpm 2 2
say "tables: docs/solvers.md, docs/from-diffusers.md, docs/from-diffusers-classes.md, docs/from-comfyui.md, docs/sampler-errors.md, docs/latents.md, docs/discrete.md, docs/scale.md, docs/optimal-variance.md"
