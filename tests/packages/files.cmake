# All packages have the version of version.hpp, and the vcpkg port keeps to the rules of vcpkg's schema.
# cmake -DSOURCE= -DVERSION= -P files.cmake
cmake_minimum_required(VERSION 3.24)

# Files that say the version themselves, as their tools cannot read it elsewhere; for each an expression that
# finds it. Some must say it, others only say it right. The two numbers are the interface's.
string(REGEX MATCH "^[0-9]+\\.[0-9]+" interface "${VERSION}")
set(cases
    "meson.build|  version: '([^']+)'|${VERSION}|must"
    "MODULE.bazel|    name = \"fokker\",\n    version = \"([^\"]+)\"|${VERSION}|must"
    "packaging/vcpkg/fokker/vcpkg.json|\"version\": \"([^\"]+)\"|${VERSION}|must"
    "packaging/debian/changelog|fokker \\(([^)]+)\\)|${VERSION}|must"
    "packaging/conan/conanfile.py|( version = )|none|may"
    "packaging/python/pyproject.toml|\n(version) *=|none|may"
    "README.md|find_package\\(fokker ([0-9.]+)|${interface}|must"
    "README.md|FIND_PACKAGE_ARGS ([0-9.]+)|${interface}|must"
    "docs/packages.md|find_package\\(fokker ([0-9.]+)|${interface}|may"
    "docs/packages.md|FIND_PACKAGE_ARGS ([0-9.]+)|${interface}|may"
    "docs/packages.md|fokker/([0-9]+[0-9.]*[0-9])|${VERSION}|must"
    "docs/packages.md|fokker-([0-9.]+)-py3|${VERSION}|must"
    "docs/packages.md|libfokker-dev_([0-9.]+)_all|${VERSION}|must")
foreach(case IN LISTS cases)
    string(REPLACE "|" ";" case "${case}")
    list(GET case 0 file)
    list(GET case 1 expression)
    list(GET case 2 wanted)
    list(GET case 3 need)
    file(READ "${SOURCE}/${file}" rest)
    set(found 0)
    while(rest MATCHES "${expression}")
        set(match "${CMAKE_MATCH_0}")
        set(said "${CMAKE_MATCH_1}")
        math(EXPR found "${found} + 1")
        if(NOT said STREQUAL wanted)
            message(SEND_ERROR "${file} says '${match}'; the version is ${VERSION} (version.hpp)")
        endif()
        string(FIND "${rest}" "${match}" place)
        string(LENGTH "${match}" length)
        math(EXPR place "${place} + ${length}")
        string(SUBSTRING "${rest}" ${place} -1 rest)
    endwhile()
    if(need STREQUAL "must" AND found EQUAL 0)
        message(SEND_ERROR "${file} does not say the version where '${expression}' looks for it")
    endif()
endforeach()
foreach(file IN ITEMS conan/conanfile.py python/pyproject.toml)
    file(READ "${SOURCE}/packaging/${file}" text)
    if(NOT text MATCHES "\\.\\./\\.\\./include/fokker/version\\.hpp")
        message(SEND_ERROR "packaging/${file} does not read version.hpp")
    endif()
endforeach()

# What vcpkg's schema asks of a port: https://learn.microsoft.com/vcpkg/reference/vcpkg-json
set(folder "${SOURCE}/packaging/vcpkg/fokker")
file(READ "${folder}/vcpkg.json" manifest)
file(READ "${folder}/portfile.cmake" portfile)
set(fields name version description homepage documentation license supports dependencies)
string(JSON count LENGTH "${manifest}")
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
    string(JSON field MEMBER "${manifest}" ${i})
    if(NOT field IN_LIST fields)
        message(SEND_ERROR "vcpkg.json: '${field}' is none of ${fields}")
    endif()
endforeach()
foreach(field IN ITEMS name version description license)
    string(JSON type ERROR_VARIABLE error TYPE "${manifest}" ${field})
    if(NOT type STREQUAL "STRING")
        message(SEND_ERROR "vcpkg.json: '${field}' must be there, and a string")
    endif()
endforeach()
string(JSON name ERROR_VARIABLE error GET "${manifest}" name)
if(NOT name STREQUAL "fokker")
    message(SEND_ERROR "vcpkg.json: the name must be that of its folder")
endif()
set(helpers "")
string(JSON count LENGTH "${manifest}" dependencies)
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
    string(JSON type TYPE "${manifest}" dependencies ${i})
    if(type STREQUAL "STRING")
        string(JSON name GET "${manifest}" dependencies ${i})
    else()
        string(JSON name GET "${manifest}" dependencies ${i} name)
        string(JSON host ERROR_VARIABLE error GET "${manifest}" dependencies ${i} host)
        if(host)
            list(APPEND helpers "${name}")
        endif()
    endif()
    if(NOT name MATCHES "^[a-z0-9]+(-[a-z0-9]+)*$")
        message(SEND_ERROR "vcpkg.json: '${name}' is no name of a port")
    endif()
endforeach()
# Functions of the portfile, and the ports that bring them.
foreach(pair IN ITEMS "vcpkg_cmake_configure|vcpkg-cmake" "vcpkg_cmake_install|vcpkg-cmake"
        "vcpkg_cmake_config_fixup|vcpkg-cmake-config")
    string(REPLACE "|" ";" pair "${pair}")
    list(GET pair 0 function)
    list(GET pair 1 helper)
    if(NOT portfile MATCHES "\n${function}\\(")
        message(SEND_ERROR "portfile.cmake does not call ${function}")
    elseif(NOT helper IN_LIST helpers)
        message(SEND_ERROR "portfile.cmake calls ${function}: vcpkg.json must ask for ${helper}, as a host dependency")
    endif()
endforeach()
foreach(wanted IN ITEMS "vcpkg_install_copyright\\(" "set\\(VCPKG_BUILD_TYPE release\\)")
    if(NOT portfile MATCHES "\n${wanted}")
        message(SEND_ERROR "portfile.cmake lacks ${wanted}")
    endif()
endforeach()
