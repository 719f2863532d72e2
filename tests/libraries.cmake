# Libraries that single headers need, for tests and examples. Where one is found, <name>_FOUND is true, and
# a target fokker_<name> brings it.

find_package(xtensor QUIET)
find_package(nlohmann_json QUIET)
find_package(Boost QUIET CONFIG)  # its special functions, for the laws of tests/long

# add_found(name include library...): found if none of them is missing.
function(add_found name include)
    set(${name}_FOUND TRUE)
    foreach(each IN LISTS include ARGN)
        if(NOT each)
            set(${name}_FOUND FALSE)
        endif()
    endforeach()
    if(${name}_FOUND AND NOT TARGET fokker_${name})
        add_library(fokker_${name} INTERFACE)
        target_include_directories(fokker_${name} SYSTEM INTERFACE "${include}")
        target_link_libraries(fokker_${name} INTERFACE ${ARGN})
    endif()
    set(${name}_FOUND ${${name}_FOUND} PARENT_SCOPE)
endfunction()

find_path(FOKKER_DLPACK_INCLUDE dlpack/dlpack.h)
add_found(dlpack "${FOKKER_DLPACK_INCLUDE}")

# CUDA's mdspan, which needs no device: that of the standard library comes with GCC 15.
find_path(FOKKER_CUDA_MDSPAN_INCLUDE cuda/std/mdspan
    PATHS /usr/local/cuda PATH_SUFFIXES include/cccl include)
add_found(cuda_mdspan "${FOKKER_CUDA_MDSPAN_INCLUDE}")

# These are large, and only tests/engines.sh installs them. LibTorch is found in a wheel, too, with
# -DCMAKE_PREFIX_PATH=<site-packages>/torch.
find_path(FOKKER_TORCH_INCLUDE ATen/core/Tensor.h)
find_library(FOKKER_TORCH_LIBRARY torch_cpu)
find_library(FOKKER_C10_LIBRARY c10)
add_found(torch "${FOKKER_TORCH_INCLUDE}" "${FOKKER_TORCH_LIBRARY}" "${FOKKER_C10_LIBRARY}")
# Clang does not compile the headers of 1.13 as C++20.
if(torch_FOUND)
    include(CheckCXXSourceCompiles)
    set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)  # no linking
    set(CMAKE_REQUIRED_FLAGS "-std=c++20 -w")
    set(CMAKE_REQUIRED_INCLUDES "${FOKKER_TORCH_INCLUDE}")
    check_cxx_source_compiles("#include <ATen/ATen.h>\nint main() {}" FOKKER_TORCH_COMPILES)
    unset(CMAKE_TRY_COMPILE_TARGET_TYPE)
    unset(CMAKE_REQUIRED_FLAGS)
    unset(CMAKE_REQUIRED_INCLUDES)
    set(torch_FOUND ${FOKKER_TORCH_COMPILES})
endif()

find_path(FOKKER_OPENCV_INCLUDE opencv2/core.hpp PATH_SUFFIXES opencv4)
find_library(FOKKER_OPENCV_LIBRARY opencv_core)
add_found(opencv "${FOKKER_OPENCV_INCLUDE}" "${FOKKER_OPENCV_LIBRARY}")

# What the engines need beside these. The wheels of OpenVINO and ONNX Runtime are unpacked, not
# installed: FOKKER_OPENVINO is the folder openvino of the first, with its headers. That of ONNX Runtime has
# the library alone, onnxruntime/capi/libonnxruntime.so.VERSION; its header onnxruntime_c_api.h, of that
# release or an older one, comes from a release of the library's own.
set(FOKKER_OPENVINO "" CACHE PATH "Folder openvino of the unpacked wheel of OpenVINO")
find_path(FOKKER_OPENVINO_INCLUDE openvino/openvino.hpp HINTS "${FOKKER_OPENVINO}/include")
file(GLOB wheel_library "${FOKKER_OPENVINO}/libs/libopenvino.so*")
if(wheel_library)
    set(FOKKER_OPENVINO_LIBRARY "${wheel_library}" CACHE FILEPATH "OpenVINO")
endif()
find_library(FOKKER_OPENVINO_LIBRARY openvino)
add_found(openvino "${FOKKER_OPENVINO_INCLUDE}" "${FOKKER_OPENVINO_LIBRARY}")

find_path(FOKKER_ONNXRUNTIME_INCLUDE onnxruntime_c_api.h
    PATH_SUFFIXES onnxruntime onnxruntime/core/session)
find_library(FOKKER_ONNXRUNTIME_LIBRARY onnxruntime)
add_found(onnxruntime "${FOKKER_ONNXRUNTIME_INCLUDE}" "${FOKKER_ONNXRUNTIME_LIBRARY}")

if(torch_FOUND)
    add_found(torch_script "${FOKKER_TORCH_INCLUDE};${FOKKER_TORCH_INCLUDE}/torch/csrc/api/include"
        "${FOKKER_TORCH_LIBRARY}" "${FOKKER_C10_LIBRARY}")
endif()

find_library(FOKKER_OPENCV_DNN_LIBRARY opencv_dnn)
add_found(opencv_dnn "${FOKKER_OPENCV_INCLUDE}" "${FOKKER_OPENCV_DNN_LIBRARY}"
    "${FOKKER_OPENCV_LIBRARY}")

set(large_libraries torch opencv openvino onnxruntime torch_script opencv_dnn)
set(debian_xtensor libxtensor-dev)
set(debian_nlohmann_json nlohmann-json3-dev)
set(debian_dlpack libdlpack-dev)

option(FOKKER_REQUIRE_LARGE "End with an error where a large library is missing" OFF)

# leave_out_without(library what): says so. Without FOKKER_REQUIRE_LARGE large ones may be missing.
function(leave_out_without library what)
    set(has_no_header FALSE)  # which its wheel lacks
    if(library STREQUAL "onnxruntime" AND NOT FOKKER_ONNXRUNTIME_INCLUDE)
        set(has_no_header TRUE)
    endif()
    if(library IN_LIST large_libraries AND FOKKER_REQUIRE_LARGE AND NOT has_no_header)
        message(FATAL_ERROR "${what}: left out, as ${library} was not found")
    elseif(library STREQUAL "onnxruntime")
        message(STATUS "${what}: left out, as ONNX Runtime was not found; give "
            "-DFOKKER_ONNXRUNTIME_INCLUDE=<folder of onnxruntime_c_api.h> and "
            "-DFOKKER_ONNXRUNTIME_LIBRARY=<libonnxruntime.so>")
    elseif(library IN_LIST large_libraries)
        message(STATUS "${what}: left out, as ${library} was not found, or not for "
            "this compiler; bash tests/engines.sh installs it")
    elseif(library STREQUAL "cuda_mdspan")
        message(STATUS "${what}: left out, as CUDA's headers were not found")
    else()
        leave_out("${what}" "${library} was not found" ${debian_${library}})
    endif()
endfunction()
