# cmake -D says=REGEX -P same_words.cmake -- command...
# Fails unless the command, with one thread and with three, prints the same but for the time that it
# took, which must match.
include("${CMAKE_CURRENT_LIST_DIR}/../words.cmake")

foreach(threads IN ITEMS 1 3)
    execute_process(COMMAND ${words} --threads ${threads} RESULT_VARIABLE code
        OUTPUT_VARIABLE output ERROR_VARIABLE error)
    message(STATUS "exit code ${code}\n${output}${error}")
    if(NOT code EQUAL 0 OR NOT error STREQUAL "")
        message(FATAL_ERROR "it failed")
    endif()
    string(REGEX REPLACE "  [0-9.]+ s\n" "\n" printed_${threads} "${output}")
endforeach()
if(NOT printed_1 MATCHES "${says}")
    message(FATAL_ERROR "the output should match ${says}")
endif()
if(NOT printed_1 STREQUAL printed_3)
    message(FATAL_ERROR "three threads draw other words than one")
endif()
