# cmake -D exit_code=N -P expect.cmake -- command...
# Fails unless the command ends with this exit code, having said one line if that is not 0.
include("${CMAKE_CURRENT_LIST_DIR}/../words.cmake")

execute_process(COMMAND ${words} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE error)
message(STATUS "exit code ${code}\n${output}${error}")
if(NOT code STREQUAL exit_code)
    message(FATAL_ERROR "the exit code should be ${exit_code}")
endif()
if(NOT exit_code EQUAL 0 AND NOT error MATCHES "^[^\n]+\n$")
    message(FATAL_ERROR "one line should say what is wrong")
endif()
