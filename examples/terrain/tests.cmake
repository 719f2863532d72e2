# What is wrong is refused with one line. (tests/engines.sh runs the program with its network.)
enable_testing()
file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/no.record" "no terrains")
foreach(case IN ITEMS "no_files 2" "no_record 1 --model none.onnx --record nowhere"
        "other_record 1 --model none.onnx --record ${CMAKE_CURRENT_BINARY_DIR}/no.record"
        "unknown_option 2 --modell none.onnx" "no_picture 2 --out terrain.jpg")
    separate_arguments(case UNIX_COMMAND "${case}")
    list(POP_FRONT case name code)
    set(full_name "${FOKKER_TEST_PREFIX}examples/terrain_${name}")
    add_test(NAME "${full_name}" COMMAND "${CMAKE_COMMAND}" -D exit_code=${code} -P
        "${CMAKE_CURRENT_SOURCE_DIR}/fashion_samples/expect.cmake" -- $<TARGET_FILE:terrain> ${case})
    set_tests_properties("${full_name}" PROPERTIES LABELS smoke TIMEOUT 600)
endforeach()
