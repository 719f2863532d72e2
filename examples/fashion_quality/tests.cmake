# A tiny study on the real data set: every method runs, an interrupted study goes on to the same
# numbers, and what is wrong is refused with one line.
# add_quality_test(name command...)
function(add_quality_test name)
    set(full_name "${FOKKER_TEST_PREFIX}examples/quality_${name}")
    add_test(NAME "${full_name}" COMMAND ${ARGN})
    set_tests_properties("${full_name}" PROPERTIES LABELS smoke TIMEOUT 600
        FIXTURES_REQUIRED "${FOKKER_TEST_PREFIX}quality")
    set(test "${full_name}" PARENT_SCOPE)
endfunction()

set(work "${CMAKE_CURRENT_BINARY_DIR}/quality")
set(study $<TARGET_FILE:fashion_quality> --data "${FOKKER_FASHION_MNIST}" --map "${work}/map.txt"
    --real-pictures 150 --bound-pictures 2 --steps 2)

add_quality_test(clean "${CMAKE_COMMAND}" -E rm -rf "${work}")
set_tests_properties("${test}" PROPERTIES FIXTURES_SETUP "${FOKKER_TEST_PREFIX}quality_clean"
    FIXTURES_REQUIRED "")
add_quality_test(map $<TARGET_FILE:fashion_moments> --data "${FOKKER_FASHION_MNIST}" --each-element
    --pictures 4 --threads 3 --out "${work}/map.txt")
set_tests_properties("${test}" PROPERTIES FIXTURES_SETUP "${FOKKER_TEST_PREFIX}quality"
    FIXTURES_REQUIRED "${FOKKER_TEST_PREFIX}quality_clean")
add_quality_test(every_method ${study} --pictures 4 --seeds 1 --out "${work}/every_method")
add_quality_test(fitted_solver $<TARGET_FILE:fashion_quality> --data "${FOKKER_FASHION_MNIST}"
    --map "${work}/map.txt" --real-pictures 150 --bound-pictures 0 --methods fitted-solver
    --grids fitted-solver --steps 3 --pictures 4 --seeds 1 --out "${work}/fitted_solver")
add_quality_test(check ${study} --check --map nowhere --out "${work}/nowhere")
add_quality_test(goes_on "${CMAKE_COMMAND}" -D "work=${work}" -P
    "${CMAKE_CURRENT_SOURCE_DIR}/fashion_quality/goes_on.cmake" -- ${study})

find_program(FOKKER_BASH bash)
if(FOKKER_BASH)
    add_quality_test(faults "${FOKKER_BASH}" "${PROJECT_SOURCE_DIR}/tests/faults.sh" --kills 1
        --work "${CMAKE_CURRENT_BINARY_DIR}/quality_faults" --quality $<TARGET_FILE:fashion_quality>
        --map "${work}/map.txt" --data "${FOKKER_FASHION_MNIST}")
endif()

# What is wrong: exit code, and options.
foreach(case IN ITEMS "unknown_method 2 --methods magic" "unknown_grid 2 --grids magic"
        "no_number 2 --steps many" "too_many_bounds 2 --bound-pictures 151" "no_part 2 --real-pictures 155" "one_step 2 --steps 1"
        "not_its_grid 2 --methods fitted-solver"
        "no_data 1 --data nowhere" "no_map 2 --map nowhere" "not_shown 2 --show")
    separate_arguments(case)
    list(POP_FRONT case name code)
    add_quality_test(${name} "${CMAKE_COMMAND}" -D exit_code=${code} -P
        "${CMAKE_CURRENT_SOURCE_DIR}/fashion_samples/expect.cmake" --
        ${study} --out "${work}/${name}" ${case})
endforeach()
