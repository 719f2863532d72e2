#!/usr/bin/env bash
# Tests the tests: plants small faults in a copy of the headers, one at a time, and tells which of
# them the tests see.
#
#   tests/mutants.sh                  every fault of tests/mutants/*.toml
#   tests/mutants.sh --only REGEX     those whose header, code or reason matches a regular
#                                     expression of Python, such as solver/heun
#   tests/mutants.sh --list           prints them (with --only: some of them), and builds nothing
#   tests/mutants.sh --jobs N         N at a time instead of one for each core
#   tests/mutants.sh --help
#
# Ends with 0 if all were seen, with 1 if one survived, with 2 if an option or the table is wrong or
# a test fails where no fault is planted. Packages that are missing are installed with apt-get, which
# needs root or sudo. Everything that is built lies in build/mutants. See tests/mutants/README.md for
# the table.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
source "$root/cmake/shell.sh"

for word in "$@"; do
    case "$word" in
        --help | -h) sed -n '2,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    esac
done
case " $* " in
    *" --list "*) install_packages python3 ;;
    *)
        only_one "$root/build/mutants"
        install_packages python3 g++ cmake ninja-build libeigen3-dev libxtensor-dev libdlpack-dev catch2 \
            libboost-math-dev libcli11-dev nlohmann-json3-dev
        ;;
esac
# Debian's own, which is new enough; another one may stand before it on the path.
python=/usr/bin/python3
[ -x "$python" ] || python=python3
exec "$python" "$root/tests/mutants/run.py" "$@"
