# Runs every program of examples/ and bench/ once. A program that needs arguments to be quick says
# so: set_target_properties(program PROPERTIES FOKKER_SMOKE "--steps;2"); OFF leaves it out.
file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/smoke")

function(add_smoke_tests folder)
    get_property(targets DIRECTORY "${folder}" PROPERTY BUILDSYSTEM_TARGETS)
    cmake_path(RELATIVE_PATH folder BASE_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE name)
    foreach(target IN LISTS targets)
        get_target_property(type ${target} TYPE)
        get_target_property(words ${target} FOKKER_SMOKE)
        if(NOT type STREQUAL "EXECUTABLE" OR words STREQUAL "OFF")
            continue()
        endif()
        if(words STREQUAL "words-NOTFOUND")
            set(words "")
            if(name MATCHES "^bench")
                set(words --benchmark_min_time=0.001)
            endif()
        endif()
        set(command ${target} ${words})
        if(name MATCHES "^bench")
            set(command "${CMAKE_COMMAND}" -P "${PROJECT_SOURCE_DIR}/tests/smoke_benchmark.cmake"
                -- $<TARGET_FILE:${target}> --benchmark_format=json ${words})
        endif()
        add_fokker_test("smoke/${name}/${target}" smoke ${command})
        set_tests_properties("${full_name}" PROPERTIES
            WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/smoke")
    endforeach()
    get_property(folders DIRECTORY "${folder}" PROPERTY SUBDIRECTORIES)
    foreach(folder IN LISTS folders)
        add_smoke_tests("${folder}")
    endforeach()
endfunction()

foreach(part IN ITEMS examples bench)
    string(TOUPPER "${part}" option)
    string(REPLACE BENCH BENCHMARKS option "FOKKER_BUILD_${option}")
    if(${option} AND EXISTS "${PROJECT_SOURCE_DIR}/${part}/CMakeLists.txt")
        add_smoke_tests("${PROJECT_SOURCE_DIR}/${part}")
    endif()
endforeach()

# The judge of the benchmarks is judged, with what Google Benchmark says where something is wrong.
foreach(mistake IN ITEMS
        "no_match||no benchmark has run"
        "error|\"run_type\": \"iteration\", \"error_occurred\": true, \"error_message\": \"no memory\"|reports an error"
        "skipped|\"run_type\": \"iteration\", \"skipped\": true, \"skip_message\": \"no memory\"|reports an error")
    string(REPLACE "|" ";" mistake "${mistake}")
    list(GET mistake 0 name)
    list(GET mistake 1 says)
    list(GET mistake 2 complaint)
    add_fokker_test("smoke/benchmark/refuses_${name}" smoke
        "${CMAKE_COMMAND}" -P "${CMAKE_CURRENT_SOURCE_DIR}/smoke_benchmark.cmake"
        -- "${CMAKE_COMMAND}" -E echo "${says}")
    string(REPLACE " " "[ \n]+" complaint "${complaint}")  # CMake breaks the lines of its messages
    set_tests_properties("${full_name}" PROPERTIES PASS_REGULAR_EXPRESSION "${complaint}")
endforeach()
