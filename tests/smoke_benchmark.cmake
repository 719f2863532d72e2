# cmake -P smoke_benchmark.cmake -- program --benchmark_format=json option...
# Google Benchmark ends with 0 where a benchmark reports an error, and where none matches the filter.
# This fails then: at least one must have run, and none may have reported an error.
include("${CMAKE_CURRENT_LIST_DIR}/../examples/words.cmake")

execute_process(COMMAND ${words} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE errors)
message(STATUS "${output}${errors}")
if(NOT result EQUAL 0)
    message(FATAL_ERROR "the program ends with ${result}")
endif()
string(REGEX MATCHALL "\"run_type\": \"iteration\"" runs "${output}")
if(NOT runs)
    message(FATAL_ERROR "no benchmark has run")
endif()
if(output MATCHES "\"(error|skip)_message\": \"[^\n]*\"")
    message(FATAL_ERROR "a benchmark reports an error: ${CMAKE_MATCH_0}")
endif()
list(LENGTH runs count)
message(STATUS "${count} benchmarks have run")
