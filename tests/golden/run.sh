#!/usr/bin/env bash
# Makes the golden data anew: runs the originals and writes tests/golden/*.json.
#
#   tests/golden/run.sh            all files
#   tests/golden/run.sh NAME..     some, such as: schedules grids
#   tests/golden/run.sh --check    makes all files elsewhere and tells whether they differ
#   tests/golden/run.sh --help
#
# The first run installs python3-venv with apt-get where it is missing, which needs root or sudo, and
# the Python packages of requirements.txt with pip into build/golden-venv: some gigabytes, for torch.
# Set GOLDEN_PYTHON to a Python that has them already.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
source "$root/cmake/shell.sh"

case "${1:-}" in
    --help | -h) sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
esac

only_one "$root/build/golden"
python="${GOLDEN_PYTHON:-}"
if [ -z "$python" ]; then
    use_python "$root/build/golden-venv" "$here/requirements.txt"
fi
# One thread and no network: the same numbers on every run.
export OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 PYTHONWARNINGS=ignore PYTHONDONTWRITEBYTECODE=1
exec "$python" "$here/make.py" "$@"
