# Sourced by the run.sh scripts.
#
#   say WORDS...               prints a line, beside the results on standard output
#   quietly COMMAND...         shows what a command printed only if it fails, and ends the script then
#   install_packages NAME...   installs with apt-get what is missing of the Debian packages, as root or
#                              by sudo, or says what to do and ends the script

say() { printf '== %s\n' "$*" >&2; }

quietly() {
    local log
    log="$(mktemp)"
    if ! "$@" >"$log" 2>&1; then
        tail -n 200 "$log" >&2
        rm -f "$log"
        say "failed: $*"
        exit 1
    fi
    rm -f "$log"
}

install_packages() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "no apt-get here: taking what is installed (wanted: $*)"
        return
    fi
    local missing=() package as_root=()
    for package in "$@"; do
        dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null ||
            { ! sudo -n true 2>/dev/null && ! { [ -t 0 ] && sudo -v; }; }; then
            say "missing, and neither root nor sudo; as root: apt-get install ${missing[*]}"
            exit 1
        fi
        as_root=(sudo)
    fi
    say "installing ${missing[*]}"
    quietly "${as_root[@]}" apt-get update
    quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${missing[@]}"
}
