# Tests of what the compiler says. Both need a compiler that takes GCC's options.
#   compile_only/*.cpp compile without a warning, with only Eigen on the include path;
#   compile_optimised/*.cpp do so, too, with optimisation for wide vectors, where GCC warns of more;
#   compile_fail/*.cpp do not compile, and the compiler's words contain those of their first line.
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang" OR CMAKE_CXX_COMPILER_FRONTEND_VARIANT STREQUAL "MSVC")
    leave_out("compile_only and compile_fail" "they need GCC or Clang" g++)
    return()
endif()

get_target_property(eigen_include Eigen3::Eigen INTERFACE_INCLUDE_DIRECTORIES)
set(precompiled "${CMAKE_CURRENT_BINARY_DIR}/compile_check")

# add_compile_test(name expect file define...): the defines are those of compile_check.cmake.
function(add_compile_test name expect file)
    list(TRANSFORM ARGN PREPEND -D OUTPUT_VARIABLE more)
    add_fokker_test("${name}" compile
        "${CMAKE_COMMAND}" "-DFILE=${file}" "-DEXPECT=${expect}"
        "-DCOMPILER=${CMAKE_CXX_COMPILER}" "-DCOMPILER_ID=${CMAKE_CXX_COMPILER_ID}"
        "-DINCLUDE=${PROJECT_SOURCE_DIR}/include" "-DSYSTEM_INCLUDE=${eigen_include}" ${more}
        -P "${CMAKE_CURRENT_SOURCE_DIR}/compile_check.cmake")
    set(full_name "${full_name}" PARENT_SCOPE)
endfunction()

# The library's header is compiled once for all files that must fail.
add_compile_test(compile_fail/precompiled precompiled "" "PRECOMPILED=${precompiled}")
set_tests_properties("${full_name}" PROPERTIES FIXTURES_SETUP "${FOKKER_TEST_PREFIX}compile_check")

file(GLOB files CONFIGURE_DEPENDS compile_only/*.cpp)
foreach(file IN LISTS files)
    cmake_path(GET file STEM name)
    add_compile_test(compile_only/${name} success "${file}")
endforeach()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    file(GLOB files CONFIGURE_DEPENDS compile_optimised/*.cpp)
    foreach(file IN LISTS files)
        cmake_path(GET file STEM name)
        foreach(level IN ITEMS O2 O3)
            add_compile_test(compile_optimised/${name}/${level} success "${file}"
                "OPTIMISED=-${level} -march=x86-64-v4")
        endforeach()
    endforeach()
endif()
file(GLOB files CONFIGURE_DEPENDS compile_fail/*.cpp)
foreach(file IN LISTS files)
    cmake_path(GET file STEM name)
    add_compile_test(compile_fail/${name} failure "${file}" "PRECOMPILED=${precompiled}")
    set_tests_properties("${full_name}" PROPERTIES
        FIXTURES_REQUIRED "${FOKKER_TEST_PREFIX}compile_check")
endforeach()
add_compile_test(compile_fail/mended mended "${CMAKE_CURRENT_BINARY_DIR}/mended.cpp"
    "BODIES=${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/*.cpp")

# The judge is judged: it must see a good file compile, and must not be content with a file that
# compiles after all, that fails with other words, that is not mended, or that cannot compile for a
# second reason.
set(harness "${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/harness")
add_compile_test(compile_fail/harness/good success "${harness}/good.cpp")
add_compile_test(compile_fail/harness/bad failure "${harness}/bad.cpp")
foreach(mistake IN ITEMS
        "good|failure|compiles, and should not"
        "warns|success|compiles with a warning"
        "other_words|failure|does not say"
        "silent|failure|first line must be"
        "unmended|failure|does not say how it is mended")
    string(REPLACE "|" ";" mistake "${mistake}")
    list(POP_FRONT mistake name expect complaint)
    add_compile_test(compile_fail/harness/refuses_${name} ${expect} "${harness}/${name}.cpp")
    string(REPLACE " " "[ \n]+" complaint "${complaint}")  # CMake breaks the lines of its messages
    set_tests_properties("${full_name}" PROPERTIES PASS_REGULAR_EXPRESSION "${complaint}")
endforeach()
add_compile_test(compile_fail/harness/refuses_broken mended
    "${CMAKE_CURRENT_BINARY_DIR}/broken.cpp" "BODIES=${harness}/broken.cpp")
set_tests_properties("${FOKKER_TEST_PREFIX}compile_fail/harness/refuses_broken" PROPERTIES
    PASS_REGULAR_EXPRESSION "even[ \n]+when[ \n]+it[ \n]+is[ \n]+mended")
