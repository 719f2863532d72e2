# Says which C++ files are not laid out as .clang-format says.
# cmake -DCLANG_FORMAT= -DSOURCE= -P style_check.cmake
cmake_minimum_required(VERSION 3.24)

set(files "")
foreach(folder IN ITEMS include tests examples bench docs)
    file(GLOB_RECURSE found RELATIVE "${SOURCE}" "${SOURCE}/${folder}/*.hpp" "${SOURCE}/${folder}/*.cpp")
    if(NOT found)
        message(FATAL_ERROR "${folder}/ holds no C++: this check looks in the wrong place")
    endif()
    list(APPEND files ${found})
endforeach()
execute_process(COMMAND "${CLANG_FORMAT}" --dry-run --Werror ${files}
    WORKING_DIRECTORY "${SOURCE}" RESULT_VARIABLE result ERROR_VARIABLE errors)
if(NOT result EQUAL 0)
    message(NOTICE "${errors}")
    message(FATAL_ERROR "mend it with: ${CLANG_FORMAT} -i FILE")
endif()
list(LENGTH files count)
message(STATUS "${count} files are formatted")
