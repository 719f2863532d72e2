# Hides what tests, programs and benchmarks need, one after the other. With FOKKER_REQUIRE_ALL the
# configuration must end with an error that tells what is left out and which package brings it;
# without it, it must go on and only say so.
# cmake -DSOURCE= -DWORK= -DGENERATOR= -DCOMPILER= -P left_out.cmake
cmake_minimum_required(VERSION 3.24)

# What is configured, what hides the library, what must be said to be left out, and the package.
set(cases
    "EXAMPLES|CMAKE_DISABLE_FIND_PACKAGE_CLI11=ON|fashion_fit and fashion_parallel|libcli11-dev"
    "EXAMPLES|CMAKE_DISABLE_FIND_PACKAGE_ZLIB=ON|fashion_likelihood, fashion_moments and fashion_quality|zlib1g-dev"
    "EXAMPLES|STB_INCLUDE=OFF|fashion_samples|libstb-dev"
    "EXAMPLES|FOKKER_FASHION_MNIST=nowhere|the tests of fashion_likelihood and fashion_quality|dataset-fashion-mnist"
    "BENCHMARKS|CMAKE_DISABLE_FIND_PACKAGE_benchmark=ON|bench/|libbenchmark-dev"
    "BENCHMARKS|CMAKE_DISABLE_FIND_PACKAGE_OpenMP=ON|fokker_scaling_bench_openmp|g\\+\\+"
    "adapt|CMAKE_DISABLE_FIND_PACKAGE_xtensor=ON|tests/adapt/xtensor_test.cpp|libxtensor-dev"
    "headers|CMAKE_DISABLE_FIND_PACKAGE_xtensor=ON|the test of adapt/xtensor.hpp|libxtensor-dev"
    "docs|CMAKE_DISABLE_FIND_PACKAGE_xtensor=ON|[a-z/-]+.md, line [0-9]+|libxtensor-dev"
    "adapt|FOKKER_DLPACK_INCLUDE=OFF|tests/adapt/dlpack_test.cpp|libdlpack-dev"
    "headers|FOKKER_DLPACK_INCLUDE=OFF|the test of adapt/dlpack.hpp|libdlpack-dev"
    "docs|FOKKER_DLPACK_INCLUDE=OFF|docs/arrays.md, line [0-9]+|libdlpack-dev"
    "unit|CMAKE_DISABLE_FIND_PACKAGE_Boost=ON|tests/long/[a-z]+_test.cpp|libboost-math-dev"
    "long|CMAKE_DISABLE_FIND_PACKAGE_CLI11=ON|tests/long|libcli11-dev"
    "consumer|PKG_CONFIG_EXECUTABLE=OFF|consumer/pkg_config|pkg-config"
    "consumer|FOKKER_INSTALL=OFF|consumer/find_package, consumer/find_or_fetch, consumer/compiled and consumer/pkg_config|"
    "style|FOKKER_CLANG_FORMAT=OFF|style/clang_format|clang-format-16")

# configure(require part hidden...): a part is one of the suite, EXAMPLES or BENCHMARKS.
function(configure require part)
    set(examples OFF)
    set(benchmarks OFF)
    set(suite "${part}")
    if(part STREQUAL "EXAMPLES")
        set(examples ON)
        set(suite smoke)
    elseif(part STREQUAL "BENCHMARKS")
        set(benchmarks ON)
        set(suite smoke)
    endif()
    # What an earlier case hid is there again.
    set(shown -U CMAKE_DISABLE_FIND_PACKAGE_* -U STB_INCLUDE -U FOKKER_FASHION_MNIST
        -U FOKKER_DLPACK_INCLUDE
        -U PKG_CONFIG_EXECUTABLE -U FOKKER_INSTALL -U FOKKER_CLANG_FORMAT)
    list(TRANSFORM ARGN PREPEND -D OUTPUT_VARIABLE hidden)
    execute_process(
        COMMAND "${CMAKE_COMMAND}" -S "${SOURCE}" -B "${WORK}" -G "${GENERATOR}"
            "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DFOKKER_REQUIRE_ALL=${require}"
            "-DFOKKER_TEST_SUITE=${suite}" "-DFOKKER_BUILD_EXAMPLES=${examples}"
            "-DFOKKER_BUILD_BENCHMARKS=${benchmarks}" ${shown} ${hidden}
        RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    string(REGEX REPLACE "[ \n]+" " " output "${output}")  # CMake breaks the lines of its errors
    set(result "${result}" PARENT_SCOPE)
    set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${WORK}")
foreach(case IN LISTS cases)
    string(REPLACE "|" ";" case "${case}")
    list(GET case 0 part)
    list(GET case 1 hidden)
    list(GET case 2 what)
    list(GET case 3 package)
    set(says "${what}: left out, as [^;]+")
    if(package)
        string(APPEND says "; on Debian: apt-get install [a-z0-9 -]*${package}")
    endif()
    foreach(require IN ITEMS ON OFF)
        configure(${require} "${part}" "${hidden}")
        if(NOT output MATCHES "${says}")
            message(NOTICE "${output}")
            message(SEND_ERROR "${part} without ${hidden}: should say '${says}'")
        elseif(require AND (result EQUAL 0 OR NOT output MATCHES "FOKKER_REQUIRE_ALL is on"))
            message(SEND_ERROR "${part} without ${hidden}: left out, and configured all the same")
        elseif(NOT require AND NOT result EQUAL 0)
            message(NOTICE "${output}")
            message(SEND_ERROR "${part} without ${hidden}: should only be said")
        endif()
    endforeach()
endforeach()
