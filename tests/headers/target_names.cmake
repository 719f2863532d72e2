# Flags that change the code change the name of the inline namespace, each combination into one of its own.
# cmake -DCXX=<compiler> -DID=<GNU, Clang, ..> -DINCLUDE=<the headers> -P target_names.cmake
cmake_minimum_required(VERSION 3.24)

set(flags "-march=x86-64" "-msse3" "-mssse3" "-msse4.1" "-march=x86-64-v2" "-mavx" "-mavx -mf16c" "-mavx2"
    "-mavx2 -mfma" "-mavx2 -mfma -mbmi2" "-march=x86-64-v3" "-mavx512f" "-mavx512f -mavx512dq" "-march=x86-64-v4"
    "-march=cooperlake" "-fopenmp" "-D_GLIBCXX_DEBUG" "-DFOKKER_STANDARD_ONLY" "-ffast-math" "-ffinite-math-only"
    "-ffast-math -march=x86-64-v3")
if(ID STREQUAL "GNU")  # which alone has macros for these
    list(APPEND flags "-freciprocal-math" "-fno-signed-zeros" "-freciprocal-math -fno-signed-zeros"
        "-fassociative-math -fno-signed-zeros -fno-trapping-math" "-funsafe-math-optimizations"
        "-march=sapphirerapids")
endif()

set(source "${CMAKE_CURRENT_BINARY_DIR}/target_names.cpp")
file(WRITE "${source}" "#include <fokker/target.hpp>\nthe_name FOKKER_TARGET\n")
set(names "")
foreach(flag IN LISTS flags)
    separate_arguments(options UNIX_COMMAND "${flag}")
    execute_process(COMMAND "${CXX}" -std=c++20 ${options} "-I${INCLUDE}" -E -P "${source}"
        OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
    if(NOT text MATCHES "the_name ([A-Za-z0-9_]+)")
        message(FATAL_ERROR "${flag}: no name")
    endif()
    set(name "${CMAKE_MATCH_1}")
    list(FIND names "${name}" at)
    if(NOT at EQUAL -1)
        list(GET flags ${at} other)
        message(SEND_ERROR "\"${flag}\" and \"${other}\" are both ${name}")
    endif()
    list(APPEND names "${name}")
endforeach()
