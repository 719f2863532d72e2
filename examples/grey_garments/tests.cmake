# Both samplers draw, the same pictures with any number of threads; the bound; a small study; what is
# wrong is refused with one line.
enable_testing()

# add_grey_test(name exit_code option...): the file after --out must be there where the code is 0.
function(add_grey_test name exit_code)
    set(picture "")
    list(FIND ARGN --out place)
    if(exit_code EQUAL 0 AND NOT place EQUAL -1)
        math(EXPR place "${place} + 1")
        list(GET ARGN ${place} picture)
        set(picture "-Dpicture=${picture}")
    endif()
    set(full_name "${FOKKER_TEST_PREFIX}examples/grey_${name}")
    add_test(NAME "${full_name}"
        COMMAND "${CMAKE_COMMAND}" -D exit_code=${exit_code} ${picture} -P
            "${CMAKE_CURRENT_SOURCE_DIR}/fashion_samples/expect.cmake"
            -- $<TARGET_FILE:grey_garments> ${ARGN})
    set_tests_properties("${full_name}" PROPERTIES LABELS smoke TIMEOUT 600)
endfunction()

set(tiny --steps 3 --count 2 --class dress)
add_grey_test(ancestral 0 ${tiny} --out grey/ancestral.png)
add_grey_test(gibbs_corrected 0 --sampler gibbs-corrected ${tiny} --out grey/gibbs.png)
add_grey_test(guided 0 --guidance 2 --temperature 0.8 ${tiny} --out grey/guided.png)
add_grey_test(all_classes 0 --steps 1 --count 1 --out grey/all.png)
add_grey_test(help 0 --help)

add_grey_test(no_sampler 2 --sampler magic)
add_grey_test(unknown_option 2 --stepz 3)
add_grey_test(unknown_class 2 --class hat)
add_grey_test(no_steps 2 --steps 0)
add_grey_test(more_steps_than_the_process 2 --steps 1001)
add_grey_test(many_steps 2 --steps 1,2)
add_grey_test(negative_seed 2 --seed -1)
add_grey_test(large_seed 2 --seed 18446744073709551616)
add_grey_test(nan_guidance 2 ${tiny} --guidance nan --out grey/nan.png)
add_grey_test(nan_temperature 2 ${tiny} --temperature nan --out grey/nan.png)
add_grey_test(no_png 2 --out grey/sheet.jpg)
add_grey_test(unwritable 2 --out "${CMAKE_CURRENT_LIST_FILE}/sheet.png")
add_grey_test(study_of_one_class 2 --study --class dress)
add_grey_test(study_writes_nothing 2 --study --out grey/study.png)
add_grey_test(bound_is_not_guided 2 --bound-pictures 2 --guidance 2)
add_grey_test(no_data 1 ${tiny} --bound-pictures 2 --data nowhere --out grey/no_data.png)

foreach(threads IN ITEMS 1 3)
    add_grey_test(${threads}_threads 0 --sampler gibbs-corrected --steps 3 --count 4 --class sandal
        --threads ${threads} --out grey/threads_${threads}.png)
    set_tests_properties("${FOKKER_TEST_PREFIX}examples/grey_${threads}_threads" PROPERTIES
        FIXTURES_SETUP "${FOKKER_TEST_PREFIX}grey_threads")
endforeach()
add_test(NAME "${FOKKER_TEST_PREFIX}examples/grey_same_pictures"
    COMMAND "${CMAKE_COMMAND}" -E compare_files grey/threads_1.png grey/threads_3.png)
set_tests_properties("${FOKKER_TEST_PREFIX}examples/grey_same_pictures" PROPERTIES
    LABELS smoke TIMEOUT 600 FIXTURES_REQUIRED "${FOKKER_TEST_PREFIX}grey_threads")

# With the real data set.
if(EXISTS "${FOKKER_FASHION_MNIST}/train-images-idx3-ubyte.gz")
    add_grey_test(study 0 --study --steps 1,2 --count 2 --bound-pictures 2
        --data "${FOKKER_FASHION_MNIST}")
    add_grey_test(bound 0 ${tiny} --bound-pictures 3 --data "${FOKKER_FASHION_MNIST}"
        --out grey/bound.png)
endif()
