# A few steps with two pictures of the real data set, and what is wrong is refused with one line.
enable_testing()
set(FOKKER_FASHION_MNIST "/usr/share/datasets/fashion-mnist" CACHE PATH
    "Folder of the files of Fashion-MNIST, for the tests of fashion_quality")
if(NOT EXISTS "${FOKKER_FASHION_MNIST}/t10k-images-idx3-ubyte.gz")
    leave_out("the test of fashion_measurements" "${FOKKER_FASHION_MNIST} holds no Fashion-MNIST"
        dataset-fashion-mnist)
    return()
endif()

# add_measurements_test(name exit_code picture option...)
function(add_measurements_test name exit_code picture)
    set(full_name "${FOKKER_TEST_PREFIX}examples/measurements_${name}")
    if(picture)
        set(picture "-Dpicture=${picture}")
    endif()
    add_test(NAME "${full_name}"
        COMMAND "${CMAKE_COMMAND}" -D exit_code=${exit_code} ${picture} -P
            "${CMAKE_CURRENT_SOURCE_DIR}/fashion_samples/expect.cmake"
            -- $<TARGET_FILE:fashion_measurements> --data "${FOKKER_FASHION_MNIST}" --steps 3
            --pictures 1 --shown 1 --threads 2 ${ARGN})
    set_tests_properties("${full_name}" PROPERTIES LABELS smoke TIMEOUT 600)
endfunction()

add_measurements_test(small 0 measurements/a/small.png --out measurements/a)
add_measurements_test(blurred 0 measurements/b/blurred.png --out measurements/b --noise 0)
add_measurements_test(sigma_data 2 "" --sigma-data 0 --out measurements/c)
add_measurements_test(noise 2 "" --noise -1 --out measurements/c)
add_measurements_test(no_data 1 "" --data nowhere --out measurements/d)
add_measurements_test(unwritable 2 "" --out "${CMAKE_CURRENT_LIST_FILE}")
