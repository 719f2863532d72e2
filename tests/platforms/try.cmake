# Compiles same_bits.cpp with COMPILER and FLAGS, in which nothing may warn, and runs it by RUNNER.
string(REPLACE "|" ";" FLAGS "${FLAGS}")
string(REPLACE "|" ";" RUNNER "${RUNNER}")
file(MAKE_DIRECTORY "${WORK}")
set(program "${WORK}/same_bits")
if(COMPILER MATCHES "em\\+\\+$")
    string(APPEND program ".js")
elseif(COMPILER MATCHES "mingw")
    string(APPEND program ".exe")
endif()
if(NOT FLAGS MATCHES "-std=")
    list(APPEND FLAGS -std=c++20)
endif()
execute_process(
    COMMAND "${COMPILER}" ${FLAGS} -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
        "-I${SOURCE}/include" -isystem "${EIGEN}" "${SOURCE}/tests/platforms/same_bits.cpp"
        -o "${program}"
    RESULT_VARIABLE failed)
if(failed)
    message(FATAL_ERROR "same_bits.cpp does not compile with ${COMPILER} ${FLAGS}")
endif()
execute_process(COMMAND ${RUNNER} "${program}" WORKING_DIRECTORY "${WORK}" RESULT_VARIABLE failed
    OUTPUT_VARIABLE said)
message(STATUS "${said}")
if(failed OR NOT said MATCHES "the same bits")
    message(FATAL_ERROR "${program} ends with ${failed}")
endif()
