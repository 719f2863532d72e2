# A CUDA program that includes everything compiles without a warning, and runs: it needs no device. Where
# there is no nvcc, ctest says "Skipped".
find_program(FOKKER_NVCC nvcc PATHS /usr/local/cuda/bin)
get_target_property(eigen_include Eigen3::Eigen INTERFACE_INCLUDE_DIRECTORIES)
set(nvcc "${FOKKER_NVCC}")
if(NOT nvcc)
    set(nvcc "")
endif()
add_fokker_test(nvcc/program nvcc
    "${CMAKE_COMMAND}" "-DNVCC=${nvcc}" "-DCXX=${CMAKE_CXX_COMPILER}"
    "-DFOLDER=${CMAKE_CURRENT_BINARY_DIR}/nvcc" "-DSOURCE=${CMAKE_CURRENT_SOURCE_DIR}/nvcc/program.cu"
    "-DINCLUDE=${PROJECT_SOURCE_DIR}/include" "-DEIGEN=${eigen_include}"
    -P "${CMAKE_CURRENT_SOURCE_DIR}/nvcc/check.cmake")
set_tests_properties("${full_name}" PROPERTIES
    SKIP_REGULAR_EXPRESSION "nvcc was not found" COST 100)
