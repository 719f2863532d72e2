#!/usr/bin/env bash
# Makes the packages of packaging/, and builds a small program with each. docs/packages.md describes them.
#
#   packaging/test.sh            all of them
#   packaging/test.sh NAME...    these: wheel conan debian meson cpm bazel vcpkg
#   packaging/test.sh --help
#
# The single header, and CMake by installation, by copy and by FetchContent are tested by tests/run.sh. Debian packages that
# are missing are installed with apt-get; the wheel and Conan take Python packages from PyPI. Three parts are left out, and
# said, where what they need is not there:
#
#   cpm      the file CPM.cmake, named by the environment variable FOKKER_CPM; git
#   bazel    version 4, which Debian has as bazel-bootstrap; so modules are not tried
#   vcpkg    a checkout of vcpkg, named by VCPKG_ROOT; its scripts make the port, its program is not run
#
# Conan and vcpkg are given the Eigen of this machine (libeigen3-dev). Everything lies in build/packages.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
here="$root/packaging"
consumers="$root/tests/consumer"
work="$root/build/packages"
all=(wheel conan debian meson cpm bazel vcpkg)

source "$root/cmake/shell.sh"
usage() { sed -n '2,17s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

case "${1:-}" in
    --help | -h) usage; exit 0 ;;
esac
chosen=("$@")
[ $# -gt 0 ] || chosen=("${all[@]}")
for name in "${chosen[@]}"; do
    [[ " ${all[*]} " == *" $name "* ]] || misused "not understood: $name"
done

version="$(sed -n 's/.*version\[\] = "\(.*\)".*/\1/p' "$root/include/fokker/version.hpp")"
left_out=()
leave_out() { say "$1: left out, as $2"; left_out+=("$1"); }

# take_tools PACKAGE...: what all parts need, and these.
take_tools() { install_packages g++ cmake ninja-build pkg-config libeigen3-dev "$@"; }

# fresh NAME: an empty folder for this part, in `place`.
fresh() {
    place="$work/$1"
    rm -rf "$place"
    mkdir -p "$place"
}

# copy_sources FOLDER FILE...: as a release has them.
copy_sources() {
    local to="$1" file
    shift
    for file in CMakeLists.txt LICENSE cmake include src "$@"; do
        mkdir -p "$to/$(dirname "$file")"
        cp -r "$root/$file" "$to/$file"
    done
}

# says_version PROGRAM: it runs, and prints the version.
says_version() {
    local said
    said="$("$@")" || { say "failed: $*"; exit 1; }
    [ "$said" = "$version" ] || { say "$1 prints '$said', not $version"; exit 1; }
}

# use_cmake CONSUMER ARGUMENT...: configures, builds and runs a project of tests/consumer.
use_cmake() {
    local consumer="$1"
    shift
    quietly cmake -S "$consumers/$consumer" -B "$place/$consumer" -G Ninja "-DVERSION=$version" "$@"
    quietly cmake --build "$place/$consumer"
    says_version "$place/$consumer/consumer"
}

# use_pkg_config FOLDER: the same with the fokker.pc that lies there.
use_pkg_config() {
    local flags
    read -ra flags < <(PKG_CONFIG_PATH="$1" pkg-config --cflags "fokker = $version")
    quietly g++ -std=c++20 "${flags[@]}" "$consumers/main.cpp" -o "$place/by_pkg_config"
    says_version "$place/by_pkg_config"
}

test_wheel() {
    local user="$work/wheel/user/bin/python"
    take_tools python3-venv
    quietly python3 -m venv "$place/user"
    quietly "$user" -m pip wheel --no-deps --wheel-dir "$place" "$here/python"
    quietly "$user" -m pip install "$place/fokker-$version-py3-none-any.whl"
    cd "$place"  # not where a folder fokker/ is
    use_cmake find_package "-Dfokker_DIR=$("$user" -m fokker --cmakedir)"
    quietly diff -r "$root/include" "$("$user" -m fokker --includedir)"
    [ -n "$(find "$place/user" -path '*/fokker/*' -name LICENSE)" ] || { say "no licence"; exit 1; }
}

test_conan() {
    take_tools
    use_python "$work/python" "$here/requirements.txt"
    local conan=("$(dirname "$python")/conan")
    export CONAN_HOME="$place/home"
    EIGEN="$(pkg-config --variable=includedir eigen3 2>/dev/null || true)"
    EIGEN="${EIGEN:-/usr/include}/eigen3"
    [ -d "$EIGEN" ] || EIGEN=/usr/include/eigen3
    export EIGEN
    local options=(--settings compiler.cppstd=20 --no-remote
        --conf tools.cmake.cmaketoolchain:generator=Ninja --conf tools.cmake.cmaketoolchain:user_presets=
        --conf "tools.cmake.cmake_layout:test_folder=$place/test_package")
    quietly "${conan[@]}" profile detect
    quietly "${conan[@]}" create "$root/tests/packages/conan_eigen" "${options[@]}"
    quietly "${conan[@]}" create "$here/conan" "${options[@]}"  # runs its test_package, too
    # Another project, which asks for a version.
    quietly "${conan[@]}" install --requires "fokker/$version" --generator CMakeDeps --generator CMakeToolchain \
        --output-folder "$place/found" "${options[@]}"
    use_cmake find_package "-DCMAKE_TOOLCHAIN_FILE=$place/found/conan_toolchain.cmake" -DCMAKE_BUILD_TYPE=Release
}

test_debian() {
    take_tools dpkg-dev debhelper
    copy_sources "$place/fokker"
    cp -r "$here/debian" "$place/fokker/debian"
    (cd "$place/fokker" && quietly dpkg-buildpackage --build=binary --no-sign)
    local package="$place/libfokker-dev_${version}_all.deb"
    ! command -v lintian >/dev/null || quietly lintian --fail-on error,warning --suppress-tags \
        initial-upload-closes-no-bugs,bogus-mail-host,bogus-mail-host-in-debian-changelog,mail-address-loops-or-bounces "$package"
    # Another root, with nothing in it.
    mkdir -p "$place/root/var/lib/dpkg/"{info,updates,triggers}
    touch "$place/root/var/lib/dpkg/"{status,available}
    quietly dpkg --root="$place/root" --force-not-root --force-depends --install "$package"
    use_cmake find_package "-DCMAKE_PREFIX_PATH=$place/root/usr"
    use_pkg_config "$place/root/usr/share/pkgconfig"
}

test_meson() {
    take_tools meson
    mkdir -p "$place/consumer/subprojects"
    cp "$consumers/meson/meson.build" "$consumers/main.cpp" "$place/consumer"
    copy_sources "$place/consumer/subprojects/fokker" meson.build
    quietly meson setup "$place/consumer/build" "$place/consumer"
    quietly meson compile -C "$place/consumer/build"
    says_version "$place/consumer/build/consumer"
    # Installed by Meson.
    quietly meson setup "$place/build" "$place/consumer/subprojects/fokker" --prefix "$place/installed"
    quietly meson install -C "$place/build"
    quietly diff -r "$root/include" "$place/installed/include"
    quietly diff "$root/LICENSE" "$place/installed/share/doc/fokker/LICENSE"
    use_pkg_config "$place/installed/share/pkgconfig"
}

test_cpm() {
    if [ ! -f "${FOKKER_CPM:-}" ]; then leave_out cpm "FOKKER_CPM names no file CPM.cmake"; return; fi
    if ! command -v git >/dev/null; then leave_out cpm "git was not found"; return; fi
    take_tools
    # A repository of its own, as this may be no checkout.
    copy_sources "$place/repository"
    local git=(git -C "$place/repository" -c user.name=test -c user.email=test@localhost)
    quietly "${git[@]}" init
    quietly "${git[@]}" add .
    quietly "${git[@]}" commit -m "Sources"
    use_cmake cpm "-DCPM=$FOKKER_CPM" "-Dfokker_repository=$place/repository" \
        "-Dfokker_commit=$("${git[@]}" rev-parse HEAD)"
}

# stand_in NAME FILE RULE...: rules that Bazel still has in itself, where its own files look for them.
stand_in() {
    local name="$1" file="$2" rule
    shift 2
    mkdir -p "$place/$name/$(dirname "$file")"
    touch "$place/$name/WORKSPACE" "$place/$name/$(dirname "$file")/BUILD"
    for rule in "$@"; do printf '%s = getattr(native, "%s", None)\n' "$rule" "$rule"; done >"$place/$name/$file"
}

test_bazel() {
    local number  # Debian's says none
    if ! command -v bazel >/dev/null; then leave_out bazel "bazel was not found"; return; fi
    number="$(bazel --version 2>/dev/null | sed -n 's/^bazel \([0-9]*\)\..*/\1/p')" || true
    if [ "${number:-4}" -gt 4 ]; then leave_out bazel "it is tried with version 4, not $number"; return; fi
    take_tools
    cp "$consumers/bazel/"* "$consumers/main.cpp" "$place"
    copy_sources "$place/fokker" BUILD.bazel
    touch "$place/fokker/WORKSPACE"
    cp -rL /usr/include/eigen3 "$place/eigen"
    stand_in rules_cc cc/cc_library.bzl cc_library
    stand_in rules_cc cc/defs.bzl cc_binary cc_import cc_library cc_proto_library cc_test cc_toolchain \
        cc_toolchain_suite objc_library
    stand_in rules_java java/defs.bzl java_binary java_import java_library java_proto_library java_runtime java_toolchain
    cd "$place"
    quietly bazel --batch --output_user_root="$place/output" build //:consumer  # without a server that stays
    says_version bazel-bin/consumer
}

# run_port FOLDER: what vcpkg does with a port, by its scripts, and without its program.
run_port() {
    local name configs
    name="$(basename "$1")"
    configs="$(find "$place/installed" -name vcpkg-port-config.cmake | paste -sd ';')"
    quietly cmake -DCMD=BUILD -DPORT="$name" -DCURRENT_PORT_DIR="$1" -DVCPKG_ROOT_DIR="$VCPKG_ROOT" \
        -DTARGET_TRIPLET=x64-linux -D_HOST_TRIPLET=x64-linux \
        -DTARGET_TRIPLET_FILE="$VCPKG_ROOT/triplets/x64-linux.cmake" -D_VCPKG_INSTALLED_DIR="$place/installed" \
        -DPACKAGES_DIR="$place/packages" -DBUILDTREES_DIR="$place/buildtrees" -DDOWNLOADS="$place/downloads" \
        -DVCPKG_BASE_VERSION=2026-01-01 -DVCPKG_CONCURRENCY=1 -DVCPKG_PORT_CONFIGS="$configs" \
        -D_VCPKG_PROHIBIT_BACKCOMPAT_FEATURES=1 -DFEATURES=core -DVCPKG_FIXUP_ELF_RPATH=OFF \
        -DNINJA="$(command -v ninja)" -DPKGCONFIG="$(command -v pkg-config)" -P "$VCPKG_ROOT/scripts/ports.cmake"
    mkdir -p "$place/installed/x64-linux"
    cp -r "$place/packages/${name}_x64-linux/." "$place/installed/x64-linux"
}

test_vcpkg() {
    if [ ! -f "${VCPKG_ROOT:-}/scripts/ports.cmake" ]; then
        leave_out vcpkg "VCPKG_ROOT names no checkout of vcpkg"
        return
    fi
    take_tools
    mkdir -p "$place/installed"
    local port
    for port in "$VCPKG_ROOT/ports/vcpkg-cmake" "$VCPKG_ROOT/ports/vcpkg-cmake-config" \
        "$root/tests/packages/vcpkg_eigen/eigen3" "$here/vcpkg/fokker"; do
        run_port "$port"
    done
    quietly diff -r "$root/include" "$place/packages/fokker_x64-linux/include"
    use_cmake find_package "-DCMAKE_PREFIX_PATH=$place/installed/x64-linux"
}

only_one "$work"
for name in "${chosen[@]}"; do
    say "$name"
    begin=$SECONDS
    fresh "$name"
    cd "$root"
    "test_$name"
    [[ " ${left_out[*]} " == *" $name "* ]] || say "$name: passed in $((SECONDS - begin)) s"
done
[ ${#left_out[@]} -eq 0 ] || say "left out: ${left_out[*]}"
