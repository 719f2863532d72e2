# What is no standard C++, and what windows.h would replace, stands in no header.
add_fokker_test(style/portable style
    "${CMAKE_COMMAND}" "-DINCLUDE=${PROJECT_SOURCE_DIR}/include"
    -P "${CMAKE_CURRENT_SOURCE_DIR}/portable_check.cmake")

# All C++ files are laid out as .clang-format says, by the version that it is written for.
find_program(FOKKER_CLANG_FORMAT NAMES clang-format-16 clang-format)
set(version "")
if(FOKKER_CLANG_FORMAT)
    execute_process(COMMAND "${FOKKER_CLANG_FORMAT}" --version OUTPUT_VARIABLE version)
endif()
if(NOT version MATCHES "version 16\\.")
    leave_out(style/clang_format "clang-format 16 was not found" clang-format-16)
    return()
endif()
add_fokker_test(style/clang_format style
    "${CMAKE_COMMAND}" "-DCLANG_FORMAT=${FOKKER_CLANG_FORMAT}" "-DSOURCE=${PROJECT_SOURCE_DIR}"
    -P "${CMAKE_CURRENT_SOURCE_DIR}/style_check.cmake")
