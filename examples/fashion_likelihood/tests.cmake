# A few pictures of the real data set in a few steps, and what is wrong is refused with one line.

# add_likelihood_test(name exit_code option...)
function(add_likelihood_test name code)
    set(full_name "${FOKKER_TEST_PREFIX}examples/likelihood_${name}")
    add_test(NAME "${full_name}" COMMAND "${CMAKE_COMMAND}" -D exit_code=${code} -P
        "${CMAKE_CURRENT_SOURCE_DIR}/fashion_samples/expect.cmake" --
        $<TARGET_FILE:fashion_likelihood> --count 3 --threads 2 ${ARGN})
    set_tests_properties("${full_name}" PROPERTIES LABELS smoke TIMEOUT 600)
endfunction()

set(tiny --steps 4 --bound-steps 4)
set(data --data "${FOKKER_FASHION_MNIST}")
add_likelihood_test(tiny 0 ${data} ${tiny})
add_likelihood_test(options 0 ${data} ${tiny} --unconditional --solver unipc<2> --probes 2
    --step 0.02 --seed 3)
add_likelihood_test(no_data 1 ${tiny} --data nowhere)
add_likelihood_test(no_solver 2 ${data} ${tiny} --solver magic)
add_likelihood_test(noisy_solver 2 ${data} ${tiny} --solver ddpm)
add_likelihood_test(no_steps 2 ${data} --steps 0)
add_likelihood_test(large_seed 2 ${data} ${tiny} --seed 18446744073709551616)
add_likelihood_test(nan_step 2 ${data} ${tiny} --step nan)
add_likelihood_test(study_of_one 2 ${data} --study --solver heun)
add_likelihood_test(no_study 2 ${data} ${tiny} --reference-steps 5)

# The figures of three test pictures in few steps, which do not depend on the threads: two digits, as
# the last ones are the machine's.
foreach(threads IN ITEMS 1 3)
    set(full_name "${FOKKER_TEST_PREFIX}examples/likelihood_${threads}_threads")
    add_test(NAME "${full_name}" COMMAND fashion_likelihood ${data} --count 3 --steps 20
        --bound-steps 20 --threads ${threads})
    set_tests_properties("${full_name}" PROPERTIES LABELS smoke TIMEOUT 600
        PASS_REGULAR_EXPRESSION "dequantised +3\\.1[45].*decoder +2\\.5[56].*bound +3\\.1[78].*decoder +2\\.8[789]")
endforeach()
