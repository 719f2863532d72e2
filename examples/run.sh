#!/usr/bin/env bash
# Samples pictures of garments, on a Debian 12 where nothing is installed yet, too.
#
#   examples/run.sh [options]           a sheet of pictures; --help lists the options
#   examples/run.sh quality [options]   how good the pictures are after so many steps: a table and a
#                                       picture, in out/quality; goes on where it was interrupted
#   examples/run.sh shards [options]    many garments by several processes, of which each may be killed
#                                       and started again, and their statistics, in out/shards;
#                                       --ranks N starts N processes here
#   examples/run.sh latents [options]   real garments as latents: what lies between two, and one with
#                                       another class, in out/latents
#   examples/run.sh measurements [options]  garments from small or blurred noisy pictures of them, in
#                                       out/measurements
#   examples/run.sh classifier [options]    garments of a wanted kind by a classifier's gradient, and
#                                       by classifier-free guidance, in out/classifier
#   examples/run.sh likelihood [options]    how many bits a dimension the network needs for pictures
#   examples/run.sh fit [options]       fits solvers of few steps to the network, in out/fitted
#   examples/run.sh parallel [options]  the steps of a walk side by side: calls, time, differences
#   examples/run.sh atoms [options]     force fields and bridges, with the exact network of real
#                                       garments, in out/atoms
#   examples/run.sh fields [options]    a trained network of a force field, beside that of normal
#                                       noise, in out/fields
#   examples/run.sh engines [options]   the same garments by every inference engine that is there
#   examples/run.sh terrain [options]   terrains from a network that came in a Python package: the same
#                                       heights as the package's own, in out/terrain
#   examples/run.sh grey [options]      draws garments in 8 grey levels, by diffusion of classes
#   examples/run.sh words [options]     draws English words, or what was never one, or completes some
#   examples/run.sh policy [options]    drives a robot by plans of a diffusion policy: how often it
#                                       arrives, and how long a tick takes, in out/policy
#   examples/run.sh serving [options]   serves a stream of requests by continuous batching, and in two
#                                       other ways: how long they wait, in out/serving
#   examples/run.sh from_diffusers [options]   samples out of a model's scheduler_config.json
#   examples/run.sh moments [options]   measures examples/fashion/moments.txt anew
#   examples/run.sh web [options]       makes the page that draws garments in a browser, a folder of
#                                       static files
#
# Packages that are missing are installed with apt-get, which needs root or sudo. Everything that is
# built lies in build/examples and build/web.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
build="$root/build/examples"
source "$root/cmake/shell.sh"

program=fashion_samples
packages=(g++ cmake ninja-build libeigen3-dev libcli11-dev libstb-dev)
case "${1:-}" in
    from_diffusers)
        program=from_diffusers
        shift
        packages+=(nlohmann-json3-dev)
        ;;
    words)
        program=words
        shift
        packages=("${packages[@]/libstb-dev/wamerican}")
        [[ " $* " = *" --study "* ]] && packages+=(python3-matplotlib)
        ;;
    engines)
        program=fashion_engines
        shift
        packages+=(libtorch-dev)
        ;;
    terrain)
        program=terrain
        shift
        packages+=(python3-venv)
        ;;
    policy | serving)
        program="$1"
        shift
        packages=("${packages[@]/libstb-dev/python3-matplotlib}")
        ;;
    grey)
        program=grey_garments
        shift
        packages+=(zlib1g-dev dataset-fashion-mnist)
        ;;
    web)
        program=web
        shift
        packages=(cmake ninja-build libeigen3-dev libcli11-dev emscripten nodejs clang-16)
        ;;
    shards)
        program=fashion_shards
        shift
        packages=("${packages[@]/libstb-dev/nlohmann-json3-dev}" zlib1g-dev dataset-fashion-mnist)
        ;;
    fit | parallel)
        program="fashion_$1"
        shift
        packages=(g++ cmake ninja-build libeigen3-dev libcli11-dev)
        ;;
    atoms | classifier | fields | latents | likelihood | measurements | moments | quality)
        program="fashion_$1"
        shift
        packages+=(zlib1g-dev dataset-fashion-mnist)
        ;;
esac
[[ "$program" =~ ^fashion_(classifier|quality)$ ]] && packages+=(python3-matplotlib)

# The options are printed before anything is installed or built: the tests compare these files with
# what the programs say.
for word in "$@"; do
    if [[ "$word" =~ ^(--help|-h)$ ]]; then
        [ "$program" = fashion_samples ] &&
            sed -n '2,/^set /{s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
        cat "$root/examples/help/$program.txt"
        exit 0
    fi
done

# made TARGET: builds a program of examples/CMakeLists.txt.
made() {
    [ -x "$build/examples/$1" ] || say "building $1, once"
    quietly cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_CXX_FLAGS=-march=native -DCMAKE_CXX_FLAGS_RELEASE="-O3 -DNDEBUG" \
        -DFOKKER_BUILD_TESTS=OFF -DFOKKER_BUILD_BENCHMARKS=OFF "${engines[@]}"
    quietly cmake --build "$build" --target "$1"
}

if [ "$program" = web ]; then
    page="$root/build/web/page"
    case "${1:-}" in
        --out) folder="${2:-}"; shift $(($# > 1 ? 2 : 1)) ;;
        --out=*) folder="${1#--out=}"; shift ;;
        *) folder="$page" ;;
    esac
    [ -n "$folder" ] && [ $# -eq 0 ] || { say "not understood; --help lists the options"; exit 2; }
    only_one "$root/build/web"
    install_packages "${packages[@]}"
    # Debian's emscripten brings a Clang that is too old, and finds node's modules where Debian has them.
    export EM_CLANG_ADD_VERSION=16 NODE_PATH="${NODE_PATH:+$NODE_PATH:}/usr/share/nodejs"
    [ -e "$page/garments.wasm" ] || say "compiling to WebAssembly, once: some minutes"
    quietly emcmake cmake -S "$root" -B "$root/build/web" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_CXX_FLAGS_RELEASE="-O2 -DNDEBUG" -DFOKKER_BUILD_TESTS=OFF \
        -DFOKKER_BUILD_BENCHMARKS=OFF -DFOKKER_INSTALL=OFF \
        -DEigen3_DIR="${Eigen3_DIR:-/usr/share/eigen3/cmake}"
    quietly cmake --build "$root/build/web"
    if [ "$folder" != "$page" ]; then
        mkdir -p "$folder"
        cp "$page"/* "$folder"
    fi
    say "$(du -ch "$folder"/* | tail -n 1 | cut -f 1)B in $folder. To look at it:" \
        "python3 -m http.server --directory $folder, then http://localhost:8000"
    exit
fi

only_one "$build"
install_packages "${packages[@]}"
engines=()
[[ "$program" =~ ^(fashion_engines|terrain)$ ]] && take_engines "$root/build/wheels"
made "$program"
case "$program" in
    fashion_samples | fashion_atoms | fashion_engines | fashion_likelihood | from_diffusers | grey_garments)
        exec "$build/examples/$program" "$@"
        ;;
    fashion_fields | fashion_fit | fashion_latents | fashion_measurements | fashion_parallel)
        exec "$build/examples/$program" --threads "$(nproc)" "$@"
        ;;
    fashion_moments)
        exec "$build/examples/fashion_moments" --threads "$(nproc)" \
            --out "$root/examples/fashion/moments.txt" "$@"
        ;;
esac

if [ "$program" = fashion_shards ]; then
    # One process for each rank, and then the statistics of what all have drawn.
    [[ " $* " = *" --gather "* || " $* " = *" --rank"[\ =]* ]] && exec "$build/examples/fashion_shards" "$@"
    ranks=1 out=out/shards own=()
    while [ $# -gt 0 ]; do
        case "$1" in
            --ranks) ranks="${2:-}"; shift ;;
            --ranks=*) ranks="${1#--ranks=}" ;;
            --out) out="${2:-}" ;;&
            --out=*) out="${1#--out=}" ;;&
            *) own+=("$1") ;;
        esac
        [ $# -eq 0 ] || shift
    done
    [[ "$ranks" =~ ^[1-9][0-9]{0,3}$ ]] || { say "--ranks: '$ranks' is no number of processes, 1 to 9999"; exit 2; }
    running=()
    for ((rank = 0; rank < ranks; ++rank)); do
        "$build/examples/fashion_shards" "${own[@]}" --rank "$rank" --ranks "$ranks" &
        running+=($!)
    done
    # Who ends this script ends them.
    trap 'kill "${running[@]}"' TERM INT
    failed=0
    for each in "${running[@]}"; do wait "$each" || failed=$?; done
    [ "$failed" -eq 0 ] || exit "$failed"
    exec "$build/examples/fashion_shards" --gather --out "$out"
fi

if [ "$program" = terrain ]; then
    package="$root/build/wheels/adaptive-terrain-diffusion"
    record="$build/terrain.record"
    unpack_wheel adaptive-terrain-diffusion==0.4.2 "$root/build/wheels"
    if [ "$root/examples/terrain/record.py" -nt "$record" ]; then
        use_python "$root/build/terrain-venv" "$root/examples/terrain/requirements.txt"
        say "making terrains with the package itself, once"
        PYTHONPATH="$package" quietly "$python" "$root/examples/terrain/record.py" "$record.part"
        mv "$record.part" "$record"
    fi
    exec "$build/examples/terrain" --record "$record" --model \
        "$package/terrain_diffusion/weights/terrain_consistency_unet_difficulty100.onnx" "$@"
fi

if [ "$program" = words ]; then
    table=""
    words=("$@")
    for ((i = 0; i < $#; ++i)); do
        case "${words[i]}" in
            --study) table="${table:-out/words/study.csv}" ;;
            --out) table="${words[i + 1]:-}" ;;
            --out=*) table="${words[i]#--out=}" ;;
        esac
    done
    [ -n "$table" ] || exec "$build/examples/words" "$@"
    "$build/examples/words" "$@"
    exec /usr/bin/python3 "$root/examples/words/plot.py" "$table" "${table%.csv}.png"
fi

out="out/${program#fashion_}"
map=""
accuracy=""
words=("$@")
for ((i = 0; i < $#; ++i)); do
    case "${words[i]}" in
        --out) out="${words[i + 1]:-}" ;;
        --out=*) out="${words[i]#--out=}" ;;
        --accuracy) accuracy=alone ;;
        --map | --map=*) map=theirs ;;
    esac
done
if [ "$program" = policy ]; then
    [[ " $* " = *" --real-time "* ]] && exec "$build/examples/policy" "$@"
    "$build/examples/policy" "$@"
    /usr/bin/python3 "$root/examples/policy/plot.py" "$out/paths.csv" "$out/paths.png"
    say "picture: $(realpath "$out/paths.png")"
    exit
fi
if [ "$program" = serving ]; then
    "$build/examples/serving" "$@"
    /usr/bin/python3 "$root/examples/serving/plot.py" "$out" "$out/serving.png"
    say "picture: $(realpath "$out/serving.png")"
    exit
fi
if [ "$program" = fashion_classifier ]; then
    "$build/examples/fashion_classifier" --threads "$(nproc)" "$@"
    [ -n "$accuracy" ] && exit
    exec /usr/bin/python3 "$root/examples/fashion_classifier/plot.py" "$out/results.csv" \
        "$out/scales.png"
fi
if [ -z "$map" ]; then
    map="$build/moments-of-each-pixel.txt"
    words=(--map "$map" "${words[@]}")
    if [ ! -f "$map" ]; then
        "$build/examples/fashion_quality" "${words[@]}" --check
        made fashion_moments
        say "measuring the moments of each pixel, once: ten minutes on one core"
        "$build/examples/fashion_moments" --each-element --threads "$(nproc)" --out "$map.part"
        mv "$map.part" "$map"
    fi
fi
# Who ends this script ends the study.
"$build/examples/fashion_quality" "${words[@]}" &
study=$!
trap 'kill "$study"' TERM INT
wait "$study"
# The python that the package is for.
/usr/bin/python3 "$root/examples/fashion_quality/plot.py" "$out/results.csv" "$out/quality.png"
say "table and picture: $(realpath "$out")"
