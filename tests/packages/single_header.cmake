# Makes the single header, looks whether all is in it, and compiles two programs of the documentation with it.
# cmake -DSOURCE= -DWORK= -DVERSION= -DCOMPILER= -DEIGEN= -P single_header.cmake
cmake_minimum_required(VERSION 3.24)

function(execute)
    execute_process(COMMAND ${ARGN}
        RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE errors)
    if(NOT result EQUAL 0)
        list(JOIN ARGN " " command)
        message(NOTICE "${output}\n${errors}")
        message(FATAL_ERROR "${command}\nends with ${result}")
    endif()
    set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${WORK}")
set(single "${WORK}/one/fokker/fokker.hpp")
execute("${CMAKE_COMMAND}" "-DOUT=${single}" -P "${SOURCE}/packaging/single_header.cmake")

# The same from another folder, whose files were written in the opposite order.
file(GLOB_RECURSE headers RELATIVE "${SOURCE}" "${SOURCE}/include/*.hpp")
set(backwards "${headers}")
list(REVERSE backwards)
foreach(file IN LISTS backwards ITEMS LICENSE packaging/single_header.cmake)
    cmake_path(GET file PARENT_PATH folder)
    file(COPY "${SOURCE}/${file}" DESTINATION "${WORK}/elsewhere/${folder}")
endforeach()
execute("${CMAKE_COMMAND}" -P "${WORK}/elsewhere/packaging/single_header.cmake")
execute("${CMAKE_COMMAND}" -E compare_files
    "${single}" "${WORK}/elsewhere/build/single/fokker/fokker.hpp")

# All headers but adapters are in it: the text between their includes, line by line.
file(READ "${single}" text)
if(text MATCHES "\n[ \t]*#[ \t]*include[ \t]*[<\"]fokker[^\n]*")
    message(FATAL_ERROR "the single header still has ${CMAKE_MATCH_0}")
endif()
string(FIND "${text}" "// Fokker ${VERSION} in one file" place)
if(NOT place EQUAL 0)
    message(FATAL_ERROR "the single header does not begin with version ${VERSION}")
endif()
list(FILTER headers EXCLUDE REGEX "^include/fokker/(adapt|engine)/")
foreach(header IN LISTS headers)
    file(READ "${SOURCE}/${header}" rest)
    while(NOT rest STREQUAL "")
        set(piece "${rest}")
        set(rest "")
        if(piece MATCHES "#pragma once\n|#include <fokker/[^\n]*\n")
            set(line "${CMAKE_MATCH_0}")
            string(FIND "${piece}" "${line}" place)
            string(LENGTH "${line}" length)
            math(EXPR next "${place} + ${length}")
            string(SUBSTRING "${piece}" ${next} -1 rest)
            string(SUBSTRING "${piece}" 0 ${place} piece)
        endif()
        string(FIND "${text}" "${piece}" place)
        if(place EQUAL -1)
            message(FATAL_ERROR "of ${header} this is not in the single header:\n${piece}")
        endif()
    endwhile()
endforeach()

# A header under a condition would be missing where the condition does not hold.
file(WRITE "${WORK}/elsewhere/include/fokker/sometimes.hpp" "#pragma once\n")
file(APPEND "${WORK}/elsewhere/include/fokker/sample.hpp"
    "#if defined(SOMETIMES)\n#include <fokker/sometimes.hpp>\n#endif\n")
execute_process(COMMAND "${CMAKE_COMMAND}" -P "${WORK}/elsewhere/packaging/single_header.cmake"
    RESULT_VARIABLE result OUTPUT_QUIET ERROR_VARIABLE errors)
if(result EQUAL 0 OR NOT errors MATCHES "sometimes.hpp>[ \n]+under an #if")
    message(FATAL_ERROR "a header under a condition is not refused: ${errors}")
endif()

# The text of the first fence of that kind in a page.
function(first_fence page kind result)
    file(READ "${SOURCE}/${page}" text)
    string(FIND "${text}" "\n```${kind}\n" place)
    string(LENGTH "\n```${kind}\n" length)
    math(EXPR place "${place} + ${length}")
    string(SUBSTRING "${text}" ${place} -1 text)
    string(FIND "${text}" "```\n" length)
    string(SUBSTRING "${text}" 0 ${length} text)
    set(${result} "${text}" PARENT_SCOPE)
endfunction()

foreach(page IN ITEMS README.md docs/discrete.md)
    first_fence(${page} cpp program)
    first_fence(${page} text expected)
    string(REPLACE "#include <fokker/discrete.hpp>\n" "" program "${program}")  # it is in fokker.hpp
    string(MAKE_C_IDENTIFIER "${page}" name)
    file(WRITE "${WORK}/${name}.cpp" "${program}")
    # After the folder, as Eigen may be installed beside an older Fokker.
    execute("${COMPILER}" -std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
        "-I${WORK}/one" -isystem "${EIGEN}" "${WORK}/${name}.cpp" -o "${WORK}/${name}")
    execute("${WORK}/${name}")
    if(NOT output STREQUAL expected)
        message(FATAL_ERROR "${page} says\n${expected}and with the single header its program prints\n${output}")
    endif()
endforeach()
