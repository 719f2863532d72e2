# Compiles one file and judges what the compiler says.
# cmake -DFILE= -DEXPECT=<success|failure> -DCOMPILER= -DCOMPILER_ID= -DINCLUDE= -DSYSTEM_INCLUDE=
#       -P compile_check.cmake
#
# A file that must fail begins with one or more lines "// expect: some words", all of which the
# compiler must say. If it mentions FOKKER_MENDED, then with that macro defined it must compile:
# so the failure has one cause, the one that is meant.
cmake_minimum_required(VERSION 3.24)

set(command "${COMPILER}" -std=c++20 -fsyntax-only -Wall -Wextra -Wconversion "-I${INCLUDE}")
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

function(compile)
    execute_process(COMMAND ${command} ${ARGN} "${FILE}"
        RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
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
if(NOT place EQUAL -1)
    compile(-DFOKKER_MENDED)
    if(NOT result EQUAL 0)
        message(NOTICE "${output}")
        message(FATAL_ERROR "${FILE} does not compile even when it is mended")
    endif()
endif()
