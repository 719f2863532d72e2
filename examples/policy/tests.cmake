# Small studies, the loop in real time, and what is wrong refused with one line.
enable_testing()

# add_policy_test(name command...)
function(add_policy_test name)
    set(full_name "${FOKKER_TEST_PREFIX}examples/policy_${name}")
    add_test(NAME "${full_name}" COMMAND ${ARGN})
    set_tests_properties("${full_name}" PROPERTIES LABELS smoke TIMEOUT 600)
    set(full_name "${full_name}" PARENT_SCOPE)
endfunction()

# Plans that go on from the last one arrive, and take no memory; so the last column is 0.
set(out "${CMAKE_CURRENT_BINARY_DIR}/policy_study")
add_policy_test(study policy --samplers dpm++2m --steps 10 --episodes 20 --ticks 200 --out "${out}")
set_tests_properties("${full_name}" PROPERTIES
    PASS_REGULAR_EXPRESSION "dpm\\+\\+2m +noise +10\\.0.* 0\ndpm\\+\\+2m +plan +4\\.[0-9] +(9[05]|100)\\.0% .* 0\n")
add_policy_test(draws_noise policy --samplers ddpm --steps 5 --episodes 2 --ticks 50 --out "${out}")
set_tests_properties("${full_name}" PROPERTIES
    PASS_REGULAR_EXPRESSION "ddpm +noise .* 0\nddpm +plan .* 0\n")

# Its standard input is at its end, as if Enter had been pressed.
add_policy_test(real_time sh -c "sleep 1 | $<TARGET_FILE:policy> --real-time")
set_tests_properties("${full_name}" PROPERTIES
    PASS_REGULAR_EXPRESSION "[1-9][0-9]* ticks: [0-9]+ ended after their deadline")

foreach(case IN ITEMS "no_sampler 2 --samplers magic" "no_steps 2 --steps 0" "no_episodes 2 --episodes 0"
        "committed_all 2 --committed 32" "no_strength 2 --strength 0" "nan_strength 2 --strength nan" "negative_seed 2 --seed -1"
        "large_seed 2 --seed 18446744073709551616"
        "ignored 2 --real-time --episodes 3" "two_at_once 2 --real-time --steps 5,10"
        "unknown_option 2 --stepz 3" "not_writable 2 --out /dev/null/policy"
        "no_weights 1 --weights nowhere" "other_weights 1 --weights ${CMAKE_CURRENT_LIST_FILE}")
    separate_arguments(case UNIX_COMMAND "${case}")
    list(POP_FRONT case name code)
    add_policy_test(${name} "${CMAKE_COMMAND}" -D exit_code=${code} -P
        "${CMAKE_CURRENT_SOURCE_DIR}/fashion_samples/expect.cmake"
        -- $<TARGET_FILE:policy> ${case})
endforeach()
