# Runs a program of the documentation and compares what it prints with what the page says.
# cmake -DPROGRAM= [-DEXPECTED=<file>] -P run.cmake
cmake_minimum_required(VERSION 3.24)

execute_process(COMMAND "${PROGRAM}"
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE errors)
if(NOT result EQUAL 0)
    message(NOTICE "${output}${errors}")
    message(FATAL_ERROR "the program ends with ${result}")
endif()
if(DEFINED EXPECTED)
    file(READ "${EXPECTED}" expected)
    if(NOT output STREQUAL expected)
        message(NOTICE "-- the page says:\n${expected}-- the program prints:\n${output}")
        message(FATAL_ERROR "the page and the program disagree")
    endif()
endif()
