# cmake -D exit_code=N -D expected=REGEX -P says.cmake -- command...
# Fails unless the command ends with this exit code and says these words, in one line if it is not 0.
include("${CMAKE_CURRENT_LIST_DIR}/../words.cmake")

execute_process(COMMAND ${words} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE error)
message(STATUS "exit code ${code}\n${output}${error}")
if(NOT code STREQUAL exit_code OR NOT "${output}${error}" MATCHES "${expected}")
    message(FATAL_ERROR "the exit code should be ${exit_code}, and the words '${expected}'")
endif()
if(NOT exit_code EQUAL 0 AND NOT error MATCHES "^[^\n]+\n$")
    message(FATAL_ERROR "one line should say what is wrong")
endif()
