# A few steps with four pictures of the real data set, and what is wrong is refused with one line.
enable_testing()
set(FOKKER_FASHION_MNIST "/usr/share/datasets/fashion-mnist" CACHE PATH
    "Folder of the files of Fashion-MNIST, for the tests of these programs")
if(NOT EXISTS "${FOKKER_FASHION_MNIST}/t10k-images-idx3-ubyte.gz")
    leave_out("the test of fashion_atoms" "${FOKKER_FASHION_MNIST} holds no Fashion-MNIST"
        dataset-fashion-mnist)
    return()
endif()

# add_atoms_test(name exit_code picture option...)
function(add_atoms_test name exit_code picture)
    set(full_name "${FOKKER_TEST_PREFIX}examples/atoms_${name}")
    if(picture)
        set(picture "-Dpicture=${picture}")
    endif()
    add_test(NAME "${full_name}"
        COMMAND "${CMAKE_COMMAND}" -D exit_code=${exit_code} ${picture} -P
            "${CMAKE_CURRENT_SOURCE_DIR}/fashion_samples/expect.cmake"
            -- $<TARGET_FILE:fashion_atoms> --data "${FOKKER_FASHION_MNIST}" --steps 4 --pictures 4
            --shown 1 --atoms 20 ${ARGN})
    set_tests_properties("${full_name}" PROPERTIES LABELS smoke TIMEOUT 600)
endfunction()

add_atoms_test(fields 0 atoms/a/fields.png --out atoms/a)
add_atoms_test(lower 0 atoms/b/from-lower.png --out atoms/b)
add_atoms_test(edges 0 atoms/c/from-edges.png --out atoms/c)
add_atoms_test(one_atom 2 "" --atoms 1 --out atoms/d)
add_atoms_test(no_data 1 "" --data nowhere --out atoms/e)
add_atoms_test(unwritable 2 "" --out "${CMAKE_CURRENT_LIST_FILE}")
