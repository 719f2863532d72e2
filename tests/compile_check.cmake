# Compiles one file and judges what the compiler says.
# cmake -DFILE= -DEXPECT=<success|failure> -DCOMPILER= -DCOMPILER_ID= -DINCLUDE= -DSYSTEM_INCLUDE=
#       [-DPRECOMPILED=<folder>] [-DOPTIMISED=<options>] -P compile_check.cmake
#
# A file that must fail begins with one or more lines "// expect: some words", all of which the
# compiler must say. It mentions FOKKER_MENDED: with that macro defined it must compile, so that the
# failure has one cause, the one that is meant. That is seen for all files in one compilation:
# cmake -DFILE=<generated> -DBODIES=<pattern> -DEXPECT=mended .. writes FILE, which includes each
# of them in a namespace of its own, and compiles it.
#
# cmake -DEXPECT=precompiled .. makes the precompiled header of fokker.hpp in the folder PRECOMPILED.
cmake_minimum_required(VERSION 3.24)

set(command "${COMPILER}" -std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
foreach(folder IN LISTS SYSTEM_INCLUDE)
    list(APPEND command -isystem "${folder}")
endforeach()
# Lines of the source would be echoed, and in them the expected words may stand.
if(COMPILER_ID STREQUAL "GNU")
    list(APPEND command -fno-diagnostics-show-caret)
else()
    list(APPEND command -fno-caret-diagnostics -ferror-limit=0)
endif()
set(ENV{LC_ALL} C)

if(EXPECT STREQUAL "precompiled")
    file(MAKE_DIRECTORY "${PRECOMPILED}/fokker")
    # GCC takes the one beside the header's name in an earlier folder, Clang the one that it is given.
    execute_process(COMMAND ${command} "-I${INCLUDE}" -x c++-header
            "${INCLUDE}/fokker/fokker.hpp" -o "${PRECOMPILED}/fokker/fokker.hpp.gch"
        COMMAND_ERROR_IS_FATAL ANY)
    return()
endif()

if(OPTIMISED)
    separate_arguments(OPTIMISED UNIX_COMMAND "${OPTIMISED}")
    list(APPEND command ${OPTIMISED} -S -o -)  # to standard output, which nobody reads
else()
    list(APPEND command -fsyntax-only)
endif()
if(PRECOMPILED AND COMPILER_ID STREQUAL "GNU")
    list(APPEND command -Winvalid-pch "-I${PRECOMPILED}")
elseif(PRECOMPILED)
    list(APPEND command -include-pch "${PRECOMPILED}/fokker/fokker.hpp.gch")
endif()
list(APPEND command "-I${INCLUDE}")

function(compile)
    execute_process(COMMAND ${command} ${ARGN} "${FILE}"
        RESULT_VARIABLE result OUTPUT_VARIABLE assembly ERROR_VARIABLE output)
    set(result "${result}" PARENT_SCOPE)
    set(output "${output}" PARENT_SCOPE)
endfunction()

if(EXPECT STREQUAL "success")
    compile()
    if(NOT result EQUAL 0)
        message(NOTICE "${output}")
        message(FATAL_ERROR "${FILE} does not compile")
    elseif(NOT output STREQUAL "")
        message(NOTICE "${output}")
        message(FATAL_ERROR "${FILE} compiles with a warning")
    endif()
    return()
endif()

if(EXPECT STREQUAL "mended")
    set(text "#define FOKKER_MENDED\n#include <fokker/discrete.hpp>\n#include <fokker/fokker.hpp>\n#include <vector>\n")
    file(GLOB bodies "${BODIES}")
    if(NOT bodies)
        message(FATAL_ERROR "no file is called ${BODIES}")
    endif()
    foreach(body IN LISTS bodies)
        cmake_path(GET body STEM name)
        string(APPEND text "namespace mended_${name} {\n#include \"${body}\"\n}\n")
    endforeach()
    file(WRITE "${FILE}" "${text}")
    compile(-Wno-return-type)  # each has a main without return
    if(NOT result EQUAL 0)
        message(NOTICE "${output}")
        message(FATAL_ERROR "a file of compile_fail does not compile even when it is mended")
    endif()
    list(LENGTH bodies count)
    message(STATUS "${count} files compile when they are mended")
    return()
endif()

file(READ "${FILE}" text)
set(rest "${text}")
set(expected 0)
while(rest MATCHES "^// expect: ([^\r\n]+)\r?\n")
    math(EXPR expected "${expected} + 1")
    set(words_${expected} "${CMAKE_MATCH_1}")
    string(LENGTH "${CMAKE_MATCH_0}" length)
    string(SUBSTRING "${rest}" ${length} -1 rest)
endwhile()
if(expected EQUAL 0)
    message(FATAL_ERROR "${FILE}: the first line must be '// expect: some words'")
endif()

compile()
if(result EQUAL 0)
    message(FATAL_ERROR "${FILE} compiles, and should not")
endif()
foreach(i RANGE 1 ${expected})
    string(FIND "${output}" "${words_${i}}" place)
    if(place EQUAL -1)
        message(NOTICE "${output}")
        message(FATAL_ERROR "${FILE}: the compiler does not say '${words_${i}}'")
    endif()
endforeach()
string(FIND "${text}" "FOKKER_MENDED" place)
if(place EQUAL -1)
    message(FATAL_ERROR "${FILE} does not say how it is mended: with FOKKER_MENDED it must compile")
endif()
