# A few steps with a few pictures, the classifier's accuracy against the training script's, and what
# is wrong is refused with one line.
# add_classifier_test(name exit_code picture option...)
function(add_classifier_test name exit_code picture)
    set(full_name "${FOKKER_TEST_PREFIX}examples/classifier_${name}")
    if(picture)
        set(picture "-Dpicture=${picture}")
    endif()
    add_test(NAME "${full_name}"
        COMMAND "${CMAKE_COMMAND}" -D exit_code=${exit_code} ${picture} -P
            "${CMAKE_CURRENT_SOURCE_DIR}/fashion_samples/expect.cmake"
            -- $<TARGET_FILE:fashion_classifier> --data "${FOKKER_FASHION_MNIST}" --steps 3
            --pictures 20 --real-pictures 100 --shown 1 --threads 2 --scales 0,2 ${ARGN})
    set_tests_properties("${full_name}" PROPERTIES LABELS smoke TIMEOUT 600)
endfunction()

add_classifier_test(pictures 0 classifier/a/pictures.png --out classifier/a)
add_classifier_test(accuracy 0 "" --accuracy --real-pictures 2000)
add_classifier_test(scale 2 "" --scales -1 --out classifier/b)
add_classifier_test(nan_scale 2 "" --scales 0,nan --out classifier/b)
add_classifier_test(no_data 1 "" --data nowhere --out classifier/c)
add_classifier_test(unwritable 2 "" --out "${CMAKE_CURRENT_LIST_FILE}")
