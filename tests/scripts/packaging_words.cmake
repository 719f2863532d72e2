# cmake -DSOURCE= -DWORK= -P packaging_words.cmake
# `packaging/test.sh --help` names every part, words that it does not know are refused before anything is
# made, and what is left out is said.
cmake_minimum_required(VERSION 3.24)

file(REMOVE_RECURSE "${WORK}")
foreach(file IN ITEMS packaging/test.sh cmake/shell.sh include/fokker/version.hpp)
    cmake_path(GET file PARENT_PATH folder)
    file(COPY "${SOURCE}/${file}" DESTINATION "${WORK}/${folder}")
endforeach()

# try(code expected word...): what the script must end with, and print.
function(try code expected)
    execute_process(COMMAND bash "${WORK}/packaging/test.sh" ${ARGN}
        RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT result EQUAL code OR NOT output MATCHES "${expected}")
        message(NOTICE "${output}")
        message(FATAL_ERROR "test.sh ${ARGN}: ends with ${result} and not ${code}, or does not print ${expected}")
    endif()
endfunction()

file(READ "${SOURCE}/packaging/test.sh" script)
string(REGEX MATCHALL "\ntest_[a-z]+\\(\\)" parts "${script}")
foreach(part IN LISTS parts)
    string(REGEX REPLACE "^.test_([a-z]+).*" "\\1" part "${part}")
    try(0 "these:[^\n]* ${part}[\n ]" --help)
endforeach()
try(2 "not understood: konan" meson konan)
if(EXISTS "${WORK}/build")
    message(FATAL_ERROR "something was built")
endif()
set(ENV{VCPKG_ROOT} "${WORK}/nowhere")
set(ENV{FOKKER_CPM} "")
try(0 "cpm: left out, as [^\n]+\n.*vcpkg: left out, as [^\n]+\n== left out: cpm vcpkg" cpm vcpkg)
