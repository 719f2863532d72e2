# add_picture_test(program name exit_code picture option...): the program with a few steps on the real data
# set ends with that code, and has made that picture, if one is named.
function(add_picture_test program name exit_code picture)
    string(REPLACE fashion_ "" short "${program}")
    set(full_name "${FOKKER_TEST_PREFIX}examples/${short}_${name}")
    if(picture)
        set(picture "-Dpicture=${picture}")
    endif()
    add_test(NAME "${full_name}"
        COMMAND "${CMAKE_COMMAND}" -D exit_code=${exit_code} ${picture} -P
            "${CMAKE_CURRENT_SOURCE_DIR}/fashion_samples/expect.cmake"
            -- $<TARGET_FILE:${program}> --data "${FOKKER_FASHION_MNIST}" ${ARGN})
    set_tests_properties("${full_name}" PROPERTIES LABELS smoke TIMEOUT 600)
endfunction()
