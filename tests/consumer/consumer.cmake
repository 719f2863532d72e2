# The program, with warnings that the library's headers give: a project that asks for them hears of its own
# code alone.
add_executable(consumer ../main.cpp)
target_link_libraries(consumer PRIVATE fokker::fokker)
if(CMAKE_VERSION VERSION_GREATER_EQUAL 3.25 AND CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    target_compile_options(consumer PRIVATE -Wfloat-equal -Wdouble-promotion -Werror)
endif()
