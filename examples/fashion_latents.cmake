# A few steps with two pictures of the real data set, and what is wrong is refused with one line.
enable_testing()
set(FOKKER_FASHION_MNIST "/usr/share/datasets/fashion-mnist" CACHE PATH
    "Folder of the files of Fashion-MNIST, for the tests of fashion_quality")
if(NOT EXISTS "${FOKKER_FASHION_MNIST}/t10k-images-idx3-ubyte.gz")
    leave_out("the test of fashion_latents" "${FOKKER_FASHION_MNIST} holds no Fashion-MNIST"
        dataset-fashion-mnist)
    return()
endif()

# add_latents_test(name exit_code picture option...)
function(add_latents_test name exit_code picture)
    set(full_name "${FOKKER_TEST_PREFIX}examples/latents_${name}")
    if(picture)
        set(picture "-Dpicture=${picture}")
    endif()
    add_test(NAME "${full_name}"
        COMMAND "${CMAKE_COMMAND}" -D exit_code=${exit_code} ${picture} -P
            "${CMAKE_CURRENT_SOURCE_DIR}/fashion_samples/expect.cmake"
            -- $<TARGET_FILE:fashion_latents> --data "${FOKKER_FASHION_MNIST}" --steps 4 --pictures 2
            --shown 1 --threads 2 ${ARGN})
    set_tests_properties("${full_name}" PROPERTIES LABELS smoke TIMEOUT 600)
endfunction()

add_latents_test(between 0 latents/a/between.png --out latents/a)
add_latents_test(changed 0 latents/b/changed.png --out latents/b --from sneaker --to 9)
add_latents_test(unknown_class 2 "" --to hat --out latents/c)
add_latents_test(two_steps 2 "" --steps 2 --out latents/d)
add_latents_test(no_data 1 "" --data nowhere --out latents/e)
add_latents_test(unwritable 2 "" --out "${CMAKE_CURRENT_LIST_FILE}")
