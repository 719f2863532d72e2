# The page that samples in the browser, in the folder `page` of the build: for emscripten alone, which
# builds nothing else here.
set(page "${CMAKE_BINARY_DIR}/page")

# The folder of CLI11 alone: beside it lie the headers of the machine that builds.
find_path(CLI11_INCLUDE CLI/CLI.hpp PATHS /usr/include NO_CMAKE_FIND_ROOT_PATH REQUIRED)
file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/include")
file(CREATE_LINK "${CLI11_INCLUDE}/CLI" "${CMAKE_BINARY_DIR}/include/CLI" SYMBOLIC)

# The network takes all the time, so it is fast. (Not by a flag of its own beside -Os: emscripten then
# keeps it from inlining all the same.)
add_library(garments_network OBJECT
    fashion/attention.cpp
    fashion/block.cpp
    fashion/body.cpp
    fashion/embedding.cpp
    fashion/grid.cpp
    fashion/heads.cpp
    fashion/layers.cpp
    fashion/network.cpp
    fashion/reader.cpp
    fashion/schedule.cpp
    fashion/weights.cpp)
target_compile_options(garments_network PRIVATE -O3)

# The rest is small, and one file for the compiler, for which the headers are most of the work.
add_executable(garments
    fashion_samples/options.cpp
    fashion_samples/plan.cpp
    fashion_samples/samplers.cpp
    web/main.cpp
    web/walk.cpp)
set_target_properties(garments PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
target_compile_options(garments PRIVATE -Os)
target_link_libraries(garments PRIVATE garments_network)

foreach(target IN ITEMS garments garments_network)
    target_link_libraries(${target} PRIVATE fokker::fokker)
    target_compile_definitions(${target} PRIVATE FASHION_FOLDER="/fashion")
    # SSE, because Eigen has no vectors of WebAssembly's own.
    target_include_directories(${target} SYSTEM BEFORE PRIVATE web/sse "${CMAKE_BINARY_DIR}/include")
    target_compile_options(${target} PRIVATE -msimd128 -msse4.1 -fexceptions)
endforeach()
target_link_options(garments PRIVATE -fexceptions --no-entry
    -sMODULARIZE -sEXPORT_NAME=createGarments -sENVIRONMENT=worker,node -sALLOW_MEMORY_GROWTH
    -sINITIAL_MEMORY=33554432 -sEXPORTED_RUNTIME_METHODS=ccall)
foreach(file IN ITEMS fashion.weights variance.weights moments.txt fitted)
    target_link_options(garments PRIVATE
        "SHELL:--preload-file \"${CMAKE_CURRENT_SOURCE_DIR}/fashion/${file}@/fashion/${file}\"")
    set_property(TARGET garments APPEND PROPERTY
        LINK_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/fashion/${file}")
endforeach()
set_target_properties(garments PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${page}")

foreach(file IN ITEMS index.html page.js style.css worker.js)
    configure_file(web/${file} "${page}/${file}" COPYONLY)
endforeach()
