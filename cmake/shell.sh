# Sourced by the run.sh scripts.
#
#   say WORDS...               prints a line on standard error, so that results can be piped
#   quietly COMMAND...         shows what a command printed only if it fails, and ends the script then,
#                              with the words of the variable `remedy` if there are any
#   install_packages NAME...   installs with apt-get what is missing of the Debian packages, as root or
#                              by sudo, or says what to do and ends the script
#   use_python PLACE FILE      sets `python` to the one of the virtual environment PLACE, which it
#                              gives the packages of FILE; needs a network only when FILE changed
#   unpack_wheel NAME PLACE    unpacks the wheel of a Python package for its libraries, into PLACE/NAME, once;
#                              NAME==VERSION takes that version
#   take_engines PLACE         unpacks the wheels of OpenVINO and ONNX Runtime there and sets `engines`, what
#                              CMake is told of them; of the latter's headers by the environment variable
#                              FOKKER_ONNXRUNTIME_INCLUDE, as the wheel has none
#   only_one PLACE             makes the folder PLACE; ends the script if another one is at work there,
#                              and keeps others out until this script and what it started have ended
#
# For scripts with a function `usage`, on standard error and with status 2:
#
#   misused WORDS...           ends the script with its usage and these words
#   refuse_words WORD...       does so if there are any
#   want_number NAME VALUE     does so unless VALUE is a whole number, 1 or more

say() { printf '== %s\n' "$*" >&2; }

quietly() {
    local log
    log="$(mktemp)"
    if ! "$@" >"$log" 2>&1; then
        tail -n 200 "$log" >&2
        say "failed: $*"
        say "all that it printed is in $log"
        [ -z "${remedy:-}" ] || say "$remedy"
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
    local remedy="apt-get could not fetch or install ${missing[*]}: see that there is a network and room \
on the disk, or install them yourself, and start again"
    quietly "${as_root[@]}" apt-get update
    quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${missing[@]}"
}

use_python() {
    local place="$1" wanted="$2" installed
    installed="$place/$(basename "$(dirname "$wanted")").txt"
    python="$place/bin/python"
    if cmp -s "$wanted" "$installed" && "$python" -c "" 2>/dev/null; then
        return
    fi
    install_packages python3-venv
    say "installing $(grep -v '^#' "$wanted" | paste -sd ' ') into $place, once"
    mkdir -p "$place"
    # An interrupted run leaves a python without pip.
    "$python" -m pip --version >/dev/null 2>&1 || quietly python3 -m venv --clear "$place"
    remedy="pip could not fetch or install the packages of $wanted: see that there is a network, and \
start again" quietly "$python" -m pip install --requirement "$wanted"
    # Last, and whole: it says that all the rest is there.
    cp "$wanted" "$installed.part"
    mv "$installed.part" "$installed"
}

unpack_wheel() {
    local wanted="$1" name="${1%%==*}" place="$2"
    [ ! -d "$place/$name" ] || return 0
    install_packages python3-pip unzip
    say "fetching the wheel of $name, once"
    rm -rf "$place/$name.part" "$place/${name//-/_}"-*.whl
    mkdir -p "$place"
    remedy="pip could not fetch the wheel of $name: see that there is a network, or unpack one into \
$place/$name yourself, and start again" quietly /usr/bin/python3 -m pip download --no-deps \
        --only-binary :all: --dest "$place" "$wanted"
    quietly unzip -q "$place/${name//-/_}"-*.whl -d "$place/$name.part"
    mv "$place/$name.part" "$place/$name"  # last, as it says that all is there
    rm -f "$place/${name//-/_}"-*.whl
}

take_engines() {
    local place="$1" library
    unpack_wheel openvino "$place"
    engines=("-DFOKKER_OPENVINO=$place/openvino/openvino")
    [ -n "${FOKKER_ONNXRUNTIME_INCLUDE:-}" ] || return 0
    unpack_wheel onnxruntime "$place"
    library="$(ls "$place"/onnxruntime/onnxruntime/capi/libonnxruntime.so.*.*)"
    ln -sf "$(basename "$library")" "$(dirname "$library")/libonnxruntime.so.1"  # what it is loaded by
    engines+=("-DFOKKER_ONNXRUNTIME_LIBRARY=$library"
        "-DFOKKER_ONNXRUNTIME_INCLUDE=$FOKKER_ONNXRUNTIME_INCLUDE")
}

locked=()  # places that this script has already

only_one() {
    local place="$1" owner lock
    [[ " ${locked[*]} " != *" $place "* ]] || return 0
    mkdir -p "$place"
    if ! command -v flock >/dev/null; then
        say "no flock here: not checked whether another run is at work in $place"
        return
    fi
    # Programs that this script starts keep the file open, and the lock: it ends with the last one.
    exec {lock}>>"$place/.lock"
    if ! flock --nonblock "$lock"; then
        owner="$(cat "$place/.lock")"
        say "another run is at work in $place (process ${owner:-unknown}): wait for its end, or take" \
            "another copy of the project"
        exit 1
    fi
    printf '%s' "$$" >"$place/.lock"
    locked+=("$place")
}

misused() {
    usage >&2
    say "$*"
    exit 2
}

refuse_words() { [ $# -eq 0 ] || misused "not understood: $*"; }

want_number() {
    [[ "$2" =~ ^[1-9][0-9]{0,6}$ ]] || misused "$1 must be a number from 1 to 9999999, and is '$2'"
}
