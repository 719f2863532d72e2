# Small streams: the table of the three servers, the samples compared with those of the walks alone, and
# what is wrong refused with one line.
enable_testing()

# add_serving_test(name command...)
function(add_serving_test name)
    set(full_name "${FOKKER_TEST_PREFIX}examples/serving_${name}")
    add_test(NAME "${full_name}" COMMAND ${ARGN})
    set_tests_properties("${full_name}" PROPERTIES LABELS smoke TIMEOUT 600)
    set(full_name "${full_name}" PARENT_SCOPE)
endfunction()

set(out "${CMAKE_CURRENT_BINARY_DIR}/serving_out")
add_serving_test(table serving --requests 100 --repetitions 3 --out "${out}/table")
set_tests_properties("${full_name}" PROPERTIES
    PASS_REGULAR_EXPRESSION " 80%  continuous .* 80%  static .* 80%  one at a time .* all  continuous ")
# Ends with 1 if a sample is not that of its walk alone.
add_serving_test(plans serving --clock processor --requests 40 --loads 0.8 --slots 8
    --repetitions 3 --out "${out}/plans")
add_serving_test(garments serving --network garments --clock wall --requests 4 --loads 0.5
    --slots 4 --repetitions 1 --out "${out}/garments")

foreach(case IN ITEMS "no_network 2 --network words" "no_load 2 --loads 0" "odd_slots 2 --slots 6"
        "nan_load 2 --loads 0.5,nan" "negative_seed 2 --seed -1"
        "large_seed 2 --seed 18446744073709551616" "unknown_option 2 --load 3" "no_table 2 --calls nowhere"
        "table_of_a_run 2 --clock wall --calls nowhere" "not_writable 2 --out /dev/null/serving")
    separate_arguments(case UNIX_COMMAND "${case}")
    list(POP_FRONT case name code)
    add_serving_test(${name} "${CMAKE_COMMAND}" -D exit_code=${code} -P
        "${CMAKE_CURRENT_SOURCE_DIR}/fashion_samples/expect.cmake"
        -- $<TARGET_FILE:serving> ${case})
endforeach()
