# Every sampler of the catalogue runs (with --all), what is wrong is refused with one line and exit
# code 2, and the pictures do not depend on the number of threads.
enable_testing()

# add_samples_test(name exit_code option...): the file after --out must be there where the code is 0.
function(add_samples_test name exit_code)
    set(picture "")
    list(FIND ARGN --out place)
    if(exit_code EQUAL 0 AND NOT place EQUAL -1)
        math(EXPR place "${place} + 1")
        list(GET ARGN ${place} picture)
        set(picture "-Dpicture=${picture}")
    endif()
    set(full_name "${FOKKER_TEST_PREFIX}examples/${name}")
    add_test(NAME "${full_name}"
        COMMAND "${CMAKE_COMMAND}" -D exit_code=${exit_code} ${picture} -P
            "${CMAKE_CURRENT_SOURCE_DIR}/fashion_samples/expect.cmake"
            -- $<TARGET_FILE:fashion_samples> ${ARGN})
    set_tests_properties("${full_name}" PROPERTIES LABELS smoke TIMEOUT 600)
endfunction()

set(tiny --steps 2 --count 1 --class dress)
add_samples_test(all 0 --all ${tiny} --out "samples/a sheet.png")
foreach(sampler IN ITEMS ddpm dpm++2m unipc<3> dpm-fast analytic-ddim extended-analytic-ddpm)
    add_samples_test(${sampler} 0 --sampler ${sampler} ${tiny} --out samples/${sampler}.png)
endforeach()
add_samples_test(adaptive 0 --sampler dpm-adaptive --tolerance 0.5 --count 1 --class dress
    --out samples/adaptive.png)
add_samples_test(fitted 0 --sampler fitted --steps 3 --guidance 1 --count 1 --class dress
    --out samples/fitted.png)
add_samples_test(eta 0 --sampler ddim --eta 1 ${tiny} --out samples/eta.png)
add_samples_test(churn 0 --sampler heun --churn 1 ${tiny} --out samples/churn.png)
foreach(grid IN ITEMS linspace quadratic karras uniform-lambda)
    add_samples_test(vp_${grid} 0 --schedule vp --grid ${grid} ${tiny} --out samples/${grid}.png)
endforeach()
add_samples_test(all_of_many 0 --all --steps 1 --count 4 --class dress --out samples/many.png)
add_samples_test(help 0 --help)
add_samples_test(list 0 --list)

add_samples_test(unknown_option 2 --stepz 3)
add_samples_test(unknown_sampler 2 --sampler magic)
add_samples_test(unknown_class 2 --class hat)
add_samples_test(no_number 2 --steps many)
add_samples_test(no_steps 2 --steps 0)
add_samples_test(no_seed 2 --seed -1)
add_samples_test(too_large_a_seed 2 --seed 18446744073709551616)
foreach(option IN ITEMS guidance eta)
    add_samples_test(nan_${option} 2 --sampler ddim --${option} nan ${tiny} --out samples/nan.png)
endforeach()
add_samples_test(nan_tolerance 2 --sampler dopri5 --tolerance nan --count 1 --class dress
    --out samples/nan.png)
add_samples_test(eta_ignored 2 --sampler heun --eta 0.5)
add_samples_test(churn_ignored 2 --sampler ddim --churn 1)
add_samples_test(eta_refused 2 --sampler ddim --eta 2 ${tiny} --out samples/refused.png)
add_samples_test(part_of_a_correction 2 --sampler predictor-corrector --corrections 1.5)
add_samples_test(steps_ignored 2 --sampler dopri5 --steps 5)
add_samples_test(not_fitted_steps 2 --sampler fitted --steps 2 --guidance 1)
add_samples_test(not_fitted_guidance 2 --sampler fitted --steps 3 --guidance 19)
add_samples_test(not_fitted_grid 2 --sampler fitted --steps 3 --grid karras)
add_samples_test(grid_ignored 2 --sampler dpm-fast --grid karras)
add_samples_test(no_such_grid 2 --schedule vp --grid trailing)
add_samples_test(no_second_output 2 --sampler ddpm-learned)
add_samples_test(no_inversion 2 --sampler ddim-inversion)
add_samples_test(no_png 2 --out samples/sheet.jpg)
add_samples_test(no_kind 2 --out samples/sheet)
add_samples_test(unwritable 2 --out "${CMAKE_CURRENT_LIST_FILE}/sheet.png")

# The words that follow are in the one line that is said.
function(add_says_test name words)
    add_test(NAME "${FOKKER_TEST_PREFIX}examples/${name}"
        COMMAND $<TARGET_FILE:fashion_samples> ${ARGN})
    set_tests_properties("${FOKKER_TEST_PREFIX}examples/${name}" PROPERTIES
        LABELS smoke TIMEOUT 600 PASS_REGULAR_EXPRESSION "${words}")
endfunction()
add_says_test(says_option "'--setps' .did you mean --steps.." --setps 3)
add_says_test(says_sampler "did you mean" --sampler dpm++2n)
add_says_test(says_kind "sheet.jpg does not" --out samples/sheet.jpg)

foreach(threads IN ITEMS 1 3)
    add_samples_test(${threads}_threads 0 --sampler ddpm --steps 3 --count 4 --class sandal
        --threads ${threads} --out samples/threads_${threads}.png)
    set_tests_properties("${FOKKER_TEST_PREFIX}examples/${threads}_threads" PROPERTIES
        FIXTURES_SETUP "${FOKKER_TEST_PREFIX}threads")
endforeach()
add_test(NAME "${FOKKER_TEST_PREFIX}examples/same_pictures"
    COMMAND "${CMAKE_COMMAND}" -E compare_files samples/threads_1.png samples/threads_3.png)
set_tests_properties("${FOKKER_TEST_PREFIX}examples/same_pictures" PROPERTIES
    LABELS smoke TIMEOUT 600 FIXTURES_REQUIRED "${FOKKER_TEST_PREFIX}threads")
