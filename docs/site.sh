#!/usr/bin/env bash
# Builds the documentation as a site with search, and a reference made of the headers: build/site/index.html.
#
#   bash docs/site.sh            builds it; fails on a dead link, a page without a link to it, a name without a docstring
#   bash docs/site.sh --serve    shows it on this machine, and builds it anew when a page changes
#   bash docs/site.sh --help
#
# If `bash examples/run.sh web` has made the page that draws in the browser, the site has it, too.
# The site works from any folder, without a server and without a network. The first run installs python3-venv with
# apt-get where it is missing, which needs root or sudo, and mkdocs-material with pip into build/site-venv.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$here")"
source "$root/cmake/shell.sh"

usage() { sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
serve=no
case "${1:-}" in
    --serve) serve=yes; shift ;;
    --help | -h) usage; exit 0 ;;
esac
refuse_words "$@"
only_one "$root/build/site-work"

use_python "$root/build/site-venv" "$here/site/requirements.txt"
export PYTHONDONTWRITEBYTECODE=1 NO_MKDOCS_2_WARNING=true
cd "$root"
if [ "$serve" = yes ]; then
    exec "$python" -m mkdocs serve --strict
fi
quietly "$python" "$here/site/links.py"
quietly "$python" "$here/site/reference.py"
quietly "$python" -m mkdocs build --strict --clean
say "the site: build/site/index.html"
