# fokker::compiled: the headers, and a static library of what does not depend on a program's own
# types. fokker::compiled_diffusers, where nlohmann_json is found: the same for the schedulers of
# adapt/diffusers. They are compiled with the flags of the project that asks for them, as its files
# must be, too. `sources` is the folder that holds their files.
function(fokker_add_compiled sources)
    add_library(fokker_compiled STATIC "${sources}/fokker.cpp")
    add_library(fokker::compiled ALIAS fokker_compiled)
    target_link_libraries(fokker_compiled PUBLIC fokker::fokker)
    target_compile_definitions(fokker_compiled PRIVATE FOKKER_COMPILING INTERFACE FOKKER_COMPILED)
    # It may become part of a shared library.
    set_target_properties(fokker_compiled PROPERTIES POSITION_INDEPENDENT_CODE ON)

    find_package(nlohmann_json QUIET)
    if(NOT nlohmann_json_FOUND)
        return()
    endif()
    add_library(fokker_compiled_diffusers STATIC EXCLUDE_FROM_ALL "${sources}/diffusers.cpp")
    add_library(fokker::compiled_diffusers ALIAS fokker_compiled_diffusers)
    target_link_libraries(fokker_compiled_diffusers
        PUBLIC fokker::compiled nlohmann_json::nlohmann_json)
    target_compile_definitions(fokker_compiled_diffusers
        PRIVATE FOKKER_COMPILING_DIFFUSERS INTERFACE FOKKER_COMPILED_DIFFUSERS)
    set_target_properties(fokker_compiled_diffusers PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()
