# fokker_counted_allocations: what a program links to count its allocations (allocations.hpp).
include_guard(GLOBAL)
add_library(fokker_counted_allocations OBJECT "${CMAKE_CURRENT_LIST_DIR}/allocations.cpp")
target_include_directories(fokker_counted_allocations PUBLIC "${CMAKE_CURRENT_LIST_DIR}/..")
target_compile_features(fokker_counted_allocations PUBLIC cxx_std_20)
target_link_options(fokker_counted_allocations PUBLIC
    LINKER:--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc,--wrap=posix_memalign)
