#!/usr/bin/env bash
# Tests the page that draws garments in a browser (examples/web): its program under node, and the page
# itself in a headless Chromium, both against the numbers of the native program of the same tree.
#
#   tests/web.sh [SCREENSHOT]   builds both and tests; a picture of the page goes to SCREENSHOT (.png),
#                               and one with a dark background beside it
#   tests/web.sh --help
#
# Packages that are missing are installed with apt-get, which needs root or sudo.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
source "$root/cmake/shell.sh"
usage() { sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

case "${1:-}" in
    --help | -h) usage; exit 0 ;;
    -*) misused "not understood: $1" ;;
esac
screenshot="${1:-}"
[ $# -le 1 ] || misused "not understood: ${*:2}"

page="$root/build/web/page"
native="$root/build/examples/examples/web_numbers"
bash "$root/examples/run.sh" web
install_packages g++ libstb-dev chromium
only_one "$root/build/examples"
quietly cmake -S "$root" -B "$root/build/examples" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_CXX_FLAGS=-march=native -DCMAKE_CXX_FLAGS_RELEASE="-O3 -DNDEBUG" \
    -DFOKKER_BUILD_TESTS=OFF -DFOKKER_BUILD_BENCHMARKS=OFF
quietly cmake --build "$root/build/examples" --target web_numbers

say "under node"
node "$root/tests/web/same_pictures.cjs" "$page" "$native"
say "in Chromium"
node "$root/tests/web/browser.cjs" "$page" chromium "$native" ${screenshot:+"$screenshot"}
say "the page draws what the native program draws"
