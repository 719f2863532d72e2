# Compiles program.cu by nvcc, without a warning, runs it, and compares what it prints with the same
# program by the host's compiler. Then includes the library beside Eigen's own parts for devices, of which
# nvcc has warnings: none of them may be of fokker.
# cmake -DNVCC=<nvcc, or nothing> -DCXX= -DFOLDER=<for what is built> -DSOURCE=program.cu -DINCLUDE=
#       -DEIGEN= -P check.cmake
cmake_minimum_required(VERSION 3.24)

if(NOT NVCC)
    message(STATUS "nvcc was not found: this test is skipped")
    return()
endif()
set(ENV{LC_ALL} C)
file(MAKE_DIRECTORY "${FOLDER}")
set(options -std=c++20 -O0 "-I${INCLUDE}" -isystem "${EIGEN}" -DEIGEN_NO_CUDA)

# run(what command...): its output is in `output`.
function(run what)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE errors)
    if(NOT result EQUAL 0)
        message(NOTICE "${output}${errors}")
        message(FATAL_ERROR "${what} failed")
    endif()
    set(output "${output}${errors}" PARENT_SCOPE)
endfunction()

run("nvcc" "${NVCC}" ${options} -Werror all-warnings -Xcompiler -Wall,-Wextra "${SOURCE}"
    -o "${FOLDER}/by_nvcc")
if(NOT output STREQUAL "")
    message(FATAL_ERROR "nvcc has something to say:\n${output}")
endif()
run("the host's compiler" "${CXX}" ${options} -x c++ "${SOURCE}" -o "${FOLDER}/by_host")
run("the program of nvcc" "${FOLDER}/by_nvcc")
set(by_nvcc "${output}")
run("the program of the host's compiler" "${FOLDER}/by_host")
if(by_nvcc STREQUAL "" OR NOT by_nvcc STREQUAL output)
    message(FATAL_ERROR "nvcc's program prints\n${by_nvcc}and not\n${output}")
endif()

file(WRITE "${FOLDER}/beside_eigen.cu" "#include <fokker/discrete.hpp>\n#include <fokker/fokker.hpp>\n")
run("nvcc beside Eigen's parts for devices" "${NVCC}" -std=c++20 "-I${INCLUDE}" -isystem "${EIGEN}"
    -c "${FOLDER}/beside_eigen.cu" -o "${FOLDER}/beside_eigen.o")
if(output MATCHES "fokker/[^\n]*(warning|error)")
    message(FATAL_ERROR "nvcc warns of fokker:\n${output}")
endif()
message(STATUS "nvcc has no warning, and its program prints what that of the host's compiler does")
