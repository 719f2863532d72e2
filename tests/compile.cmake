# Tests of what the compiler says. Both need a compiler that takes GCC's options.
#   compile_only/*.cpp compile without a warning, with only Eigen on the include path;
#   compile_fail/*.cpp do not compile, and the compiler's words contain those of their first line.
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang" OR CMAKE_CXX_COMPILER_FRONTEND_VARIANT STREQUAL "MSVC")
    leave_out("compile_only and compile_fail" "they need GCC or Clang" g++)
    return()
endif()

get_target_property(eigen_include Eigen3::Eigen INTERFACE_INCLUDE_DIRECTORIES)

function(add_compile_test file name expect)
    add_fokker_test("${name}" compile
        "${CMAKE_COMMAND}" "-DFILE=${file}" "-DEXPECT=${expect}"
        "-DCOMPILER=${CMAKE_CXX_COMPILER}" "-DCOMPILER_ID=${CMAKE_CXX_COMPILER_ID}"
        "-DINCLUDE=${PROJECT_SOURCE_DIR}/include" "-DSYSTEM_INCLUDE=${eigen_include}"
        -P "${CMAKE_CURRENT_SOURCE_DIR}/compile_check.cmake")
    set(full_name "${full_name}" PARENT_SCOPE)
endfunction()

foreach(folder IN ITEMS compile_only compile_fail)
    set(expect success)
    if(folder STREQUAL "compile_fail")
        set(expect failure)
    endif()
    file(GLOB files CONFIGURE_DEPENDS ${folder}/*.cpp)
    foreach(file IN LISTS files)
        cmake_path(GET file STEM name)
        add_compile_test("${file}" ${folder}/${name} ${expect})
    endforeach()
endforeach()

# The judge is judged: it must see a good file compile, and must not be content with a file that
# compiles after all, that fails with other words, or that cannot compile for a second reason.
set(harness "${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/harness")
add_compile_test("${harness}/good.cpp" compile_fail/harness/good success)
add_compile_test("${harness}/bad.cpp" compile_fail/harness/bad failure)
foreach(mistake IN ITEMS
        "good|failure|compiles, and should not"
        "warns|success|compiles with a warning"
        "other_words|failure|does not say"
        "silent|failure|first line must be"
        "broken|failure|even when it is mended")
    string(REPLACE "|" ";" mistake "${mistake}")
    list(POP_FRONT mistake name expect complaint)
    add_compile_test("${harness}/${name}.cpp" compile_fail/harness/refuses_${name} ${expect})
    string(REPLACE " " "[ \n]+" complaint "${complaint}")  # CMake breaks the lines of its messages
    set_tests_properties("${full_name}" PROPERTIES PASS_REGULAR_EXPRESSION "${complaint}")
endforeach()
