# cmake -D help=FILE -P compare.cmake -- program
# Fails unless the file holds what the program prints with --help.
include("${CMAKE_CURRENT_LIST_DIR}/../words.cmake")

execute_process(COMMAND ${words} --help RESULT_VARIABLE code OUTPUT_VARIABLE printed)
file(READ "${help}" written)
if(NOT code EQUAL 0 OR NOT printed STREQUAL written)
    message(NOTICE "${printed}")
    message(FATAL_ERROR "the program says something else; run: ${words} --help >${help}")
endif()
