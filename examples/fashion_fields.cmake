# A few steps and pictures, and what is wrong is refused with one line.
enable_testing()
set(FOKKER_FASHION_MNIST "/usr/share/datasets/fashion-mnist" CACHE PATH
    "Folder of the files of Fashion-MNIST, for the tests of these programs")
if(NOT EXISTS "${FOKKER_FASHION_MNIST}/t10k-images-idx3-ubyte.gz")
    leave_out("the test of fashion_fields" "${FOKKER_FASHION_MNIST} holds no Fashion-MNIST"
        dataset-fashion-mnist)
    return()
endif()

# add_fields_test(name exit_code picture option...)
function(add_fields_test name exit_code picture)
    set(full_name "${FOKKER_TEST_PREFIX}examples/fields_${name}")
    if(picture)
        set(picture "-Dpicture=${picture}")
    endif()
    add_test(NAME "${full_name}"
        COMMAND "${CMAKE_COMMAND}" -D exit_code=${exit_code} ${picture} -P
            "${CMAKE_CURRENT_SOURCE_DIR}/fashion_samples/expect.cmake"
            -- $<TARGET_FILE:fashion_fields> --data "${FOKKER_FASHION_MNIST}" --steps 2 --pictures 130
            --real-pictures 130 --seeds 1 --shown 1 --threads 2 ${ARGN})
    set_tests_properties("${full_name}" PROPERTIES LABELS smoke TIMEOUT 600)
endfunction()

add_fields_test(pictures 0 fields/a/pictures.png --out fields/a)
add_fields_test(steps 2 "" --steps 1 --out fields/b)
add_fields_test(no_data 1 "" --data nowhere --out fields/c)
add_fields_test(unwritable 2 "" --out "${CMAKE_CURRENT_LIST_FILE}")
