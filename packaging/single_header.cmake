# Makes one file of the headers, which needs nothing but Eigen beside it:
#
#   cmake -P packaging/single_header.cmake
#
# writes build/single/fokker/fokker.hpp: all of <fokker/fokker.hpp>, <fokker/discrete.hpp> and
# <fokker/fitting.hpp>.
#
#   cmake -DHEADERS="fokker/fokker.hpp;fokker/adapt/xtensor.hpp" -DOUT=fokker.hpp -P packaging/single_header.cmake
#
# takes other headers, and writes another file. Every header stands where it is first included; so the
# file depends on nothing but their text.
cmake_minimum_required(VERSION 3.24)

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH root)
if(NOT DEFINED HEADERS)
    set(HEADERS fokker/fokker.hpp fokker/discrete.hpp fokker/fitting.hpp)
endif()
if(NOT DEFINED OUT)
    set(OUT "${root}/build/single/fokker/fokker.hpp")
endif()
get_filename_component(OUT "${OUT}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")

# How many #if of the text are open at its end.
function(count_open text result)
    string(REGEX MATCHALL "\n[ \t]*#[ \t]*if" begins "${text}")
    string(REGEX MATCHALL "\n[ \t]*#[ \t]*endif" ends "${text}")
    list(LENGTH begins begins)
    list(LENGTH ends ends)
    math(EXPR open "${begins} - ${ends}")
    set(${result} ${open} PARENT_SCOPE)
endfunction()

# Writes a header, and where it includes others of the library these. Only string operations: the text may
# hold any list separator.
function(write_header name from)
    get_property(written GLOBAL PROPERTY written)
    if(name IN_LIST written)
        return()
    endif()
    set_property(GLOBAL APPEND PROPERTY written "${name}")
    if(NOT EXISTS "${root}/include/${name}")
        message(FATAL_ERROR "${from} wants <${name}>, which is not in ${root}/include")
    endif()
    file(READ "${root}/include/${name}" text)
    string(PREPEND text "\n")
    string(REPLACE "\n#pragma once\n" "\n" text "${text}")
    file(APPEND "${OUT}" "\n// ==== ${name}\n")
    set(before "")
    while(text MATCHES "\n[ \t]*#[ \t]*include[ \t]*[<\"](fokker/[^>\"]*)[>\"][^\n]*")
        set(line "${CMAKE_MATCH_0}")
        set(other "${CMAKE_MATCH_1}")
        string(FIND "${text}" "${line}" place)
        string(LENGTH "${line}" length)
        string(SUBSTRING "${text}" 0 ${place} piece)
        math(EXPR place "${place} + ${length}")
        string(SUBSTRING "${text}" ${place} -1 text)
        file(APPEND "${OUT}" "${piece}")
        string(APPEND before "${piece}")
        get_property(written GLOBAL PROPERTY written)
        if(NOT other IN_LIST written)
            # Under a condition it would be missing wherever the condition does not hold.
            count_open("${before}" open)
            if(NOT open EQUAL 0)
                message(FATAL_ERROR "${name} includes <${other}> under an #if: write that header into "
                    "HEADERS before ${name}, or include it without a condition")
            endif()
            write_header("${other}" "${name}")
        endif()
    endwhile()
    file(APPEND "${OUT}" "${text}")
endfunction()

file(READ "${root}/include/fokker/version.hpp" text)
if(NOT text MATCHES "version\\[\\] = \"([0-9.]+)\"")
    message(FATAL_ERROR "include/fokker/version.hpp does not say the version")
endif()
set(version "${CMAKE_MATCH_1}")
file(READ "${root}/LICENSE" license)
string(STRIP "${license}" license)
string(REPLACE "\n" "\n// " license "\n${license}")
string(REPLACE "// \n" "//\n" license "${license}")
list(JOIN HEADERS ">, <" contents)
file(WRITE "${OUT}" "// Fokker ${version} in one file: <${contents}>.
// Made by packaging/single_header.cmake from the headers of the library; change these instead.
// Include either this file or the library's own headers in a program, not both.
//${license}
#pragma once
")
foreach(header IN LISTS HEADERS)
    write_header("${header}" HEADERS)
endforeach()
message(STATUS "${OUT}")
