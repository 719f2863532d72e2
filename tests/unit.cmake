# Unit tests mirror the library: include/fokker/solver/heun.hpp <-> tests/solver/heun_test.cpp.
# Each folder is one program, each file one test of ctest, picked out of the program by the tag
# that Catch2 makes of a file's name. With FOKKER_TEST_EACH_FILE each file is a program, too.
find_package(Catch2 REQUIRED)
find_package(nlohmann_json REQUIRED)  # reads the golden data

option(FOKKER_TEST_EACH_FILE
    "A program for each file of unit tests, as tests/mutants.sh builds them" OFF)
include(support/allocations.cmake)

# Tests whose code is not optimised compile in two thirds of the time. What they spend their time with
# is: the library's loops in its compiled form, and the distribution that they sample.
option(FOKKER_TEST_UNOPTIMISED "Compile the unit tests with -O0, whatever the build type says" OFF)
# The object of another build's tests/main.cpp, instead of compiling Catch2 again.
set(FOKKER_TEST_MAIN "" CACHE FILEPATH "Object file of main.cpp, compiled for another configuration")

# Holds main, the precompiled header of the unit tests, the distribution that most of them sample, and
# what takes long to compile.
add_library(fokker_test_main OBJECT pch.cpp support/decompositions.cpp support/mixture.cpp)
if(FOKKER_TEST_MAIN STREQUAL "")
    target_sources(fokker_test_main PRIVATE main.cpp)
else()
    target_link_libraries(fokker_test_main PUBLIC "${FOKKER_TEST_MAIN}")
endif()
target_link_libraries(fokker_test_main PUBLIC
    fokker::fokker Catch2::Catch2 nlohmann_json::nlohmann_json)
# Where the compiled form is made, they take it: it saves a quarter of their compile time, and is
# tested so. The other presets have the headers alone.
if(TARGET fokker::compiled)
    target_link_libraries(fokker_test_main PUBLIC fokker::compiled fokker::compiled_diffusers)
endif()
if(FOKKER_TEST_UNOPTIMISED)
    target_compile_options(fokker_test_main PUBLIC -O0)
    if(TARGET fokker_compiled_diffusers)  # has no loops over elements
        target_compile_options(fokker_compiled_diffusers PRIVATE -O0)
    endif()
endif()
target_include_directories(fokker_test_main PUBLIC .)
# The linker hands every call of these to support/allocations.cpp, which counts them.
target_link_options(fokker_test_main PUBLIC LINKER:--wrap=malloc,--wrap=realloc)
target_compile_definitions(fokker_test_main PUBLIC
    FOKKER_PROJECT_VERSION="${PROJECT_VERSION}"
    FOKKER_TESTS_SUPPORT_COMPILED
    FOKKER_TESTS_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
if(xtensor_FOUND)
    target_link_libraries(fokker_test_main PUBLIC xtensor)
endif()
if(Boost_FOUND)
    target_link_libraries(fokker_test_main PUBLIC Boost::headers)
endif()
target_precompile_headers(fokker_test_main PRIVATE
    <Eigen/Core> <cmath> <cstdint> <string> <vector>
    "${CMAKE_CURRENT_SOURCE_DIR}/catch.hpp")
if(NOT FOKKER_TEST_EACH_FILE)  # there the library's headers change all the time
    target_precompile_headers(fokker_test_main PRIVATE <fokker/fokker.hpp>)
endif()
set_source_files_properties(main.cpp support/decompositions.cpp support/mixture.cpp PROPERTIES
    SKIP_PRECOMPILE_HEADERS ON)
if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang" AND NOT MSVC)
    # Catch2 itself is not under test: compiled fast, whatever the configuration asks for.
    set_source_files_properties(main.cpp support/decompositions.cpp PROPERTIES
        COMPILE_OPTIONS "-O0;-g0;-fno-sanitize=all")
    # Nor is this, on which the time of many tests goes.
    set_source_files_properties(support/mixture.cpp PROPERTIES
        COMPILE_OPTIONS "-O2;-g0;-fno-sanitize=all")
endif()

# Files that need a library, beside xtensor and Boost. Large ones are a program each: the others need not
# wait for their libraries to be loaded.
set(library_of_adapt/dlpack dlpack)
set(library_of_adapt/torch torch)
set(library_of_adapt/opencv opencv)
set(library_of_engine/openvino openvino)
set(library_of_engine/onnxruntime onnxruntime)
set(library_of_engine/torch torch_script)
set(library_of_engine/opencv_dnn opencv_dnn)

# These draw so many numbers by themselves, or call a network of so many operations, that they take up to a
# hundred times as long without optimisation.
set(computes_much discrete/categorical discrete/golden discrete/process discrete/starvation long/normality
    measurement/dps model/field_network noise/radial noise/student_t solver/extended_analytic)

file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" *_test.cpp)
foreach(file IN LISTS files)
    cmake_path(GET file PARENT_PATH folder)
    if(folder STREQUAL "")
        set(folder verbs)  # forward, run, sample: the headers that lie in no folder
    endif()
    string(REGEX REPLACE "/.*" "" part "${folder}")
    string(REGEX REPLACE "_test.cpp$" "" single "${file}")
    if(single IN_LIST suite)
        # Asked for by its own name.
    elseif(file MATCHES "_properties_test.cpp$")
        # All solvers, several times: long to compile.
        if(NOT "properties" IN_LIST suite)
            continue()
        endif()
    elseif(part IN_LIST left_out_folders OR (NOT "unit" IN_LIST suite AND NOT part IN_LIST suite))
        continue()
    endif()
    if(single STREQUAL "adapt/xtensor" AND NOT xtensor_FOUND)
        leave_out("tests/${file}" "xtensor was not found" libxtensor-dev)
        continue()
    endif()
    set(library "${library_of_${single}}")
    if(library AND NOT ${library}_FOUND)
        leave_out_without(${library} "tests/${file}")
        continue()
    endif()
    if(part STREQUAL "long" AND NOT Boost_FOUND)
        leave_out("tests/${file}" "Boost was not found" libboost-math-dev)
        continue()
    endif()

    cmake_path(GET file STEM tag)
    string(REGEX REPLACE "_test$" "" name "${tag}")
    set(program "fokker_test_${folder}")
    if(FOKKER_TEST_EACH_FILE OR (library AND library IN_LIST large_libraries))
        string(APPEND program "_${name}")
    endif()
    # Not beside others, whose unoptimised forms of the same functions the linker might take.
    if(single IN_LIST computes_much AND FOKKER_TEST_UNOPTIMISED)
        string(APPEND program "_optimised")
    endif()
    string(MAKE_C_IDENTIFIER "${program}" program)
    if(NOT TARGET ${program})
        add_executable(${program})
        target_link_libraries(${program} PRIVATE fokker_test_main fokker_counted_allocations)
        # Those of large libraries come before Catch2, as they have macros of its names.
        if(NOT library OR NOT library IN_LIST large_libraries)
            target_precompile_headers(${program} REUSE_FROM fokker_test_main)
        endif()
    endif()
    target_sources(${program} PRIVATE "${file}")
    if(library)
        target_link_libraries(${program} PRIVATE fokker_${library})
    endif()
    if(single STREQUAL "kernel/mdspan_array")
        if(cuda_mdspan_FOUND)
            set_source_files_properties("${file}" PROPERTIES
                COMPILE_OPTIONS "-isystem;${FOKKER_CUDA_MDSPAN_INCLUDE}")
        else()
            leave_out_without(cuda_mdspan "CUDA's mdspan in tests/${file}")
        endif()
    endif()
    if(single IN_LIST computes_much AND FOKKER_TEST_UNOPTIMISED)
        set_source_files_properties("${file}" PROPERTIES
            COMPILE_OPTIONS -O1 SKIP_PRECOMPILE_HEADERS ON)
    endif()
    if(single MATCHES "^engine/(openvino|onnxruntime)$")  # compared with its own inference there
        target_sources(${program} PRIVATE "${PROJECT_SOURCE_DIR}/examples/policy/network.cpp")
    endif()
    if(part STREQUAL "examples")  # not headers only, as the library is
        file(GLOB tested CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/examples/*/${name}.cpp")
        target_sources(${program} PRIVATE ${tested})
        if(name STREQUAL "store")  # writes by it
            target_sources(${program} PRIVATE "${PROJECT_SOURCE_DIR}/examples/fashion/whole_file.cpp")
        endif()
    endif()

    set(none --warn NoTests)
    if(Catch2_VERSION VERSION_GREATER_EQUAL 3)
        set(none "")  # there an empty run is an error without being asked for
    endif()
    add_fokker_test("${folder}/${name}" unit ${program} --filenames-as-tags "[#${tag}]" ${none})
endforeach()
