# fokker::compiled: the headers, and a static library of what does not depend on a program's own
# types. It is compiled with the flags of the project that asks for it, as its files must be, too.
function(fokker_add_compiled source)
    add_library(fokker_compiled STATIC "${source}")
    add_library(fokker::compiled ALIAS fokker_compiled)
    target_link_libraries(fokker_compiled PUBLIC fokker::fokker)
    target_compile_definitions(fokker_compiled PRIVATE FOKKER_COMPILING INTERFACE FOKKER_COMPILED)
    # It may become part of a shared library.
    set_target_properties(fokker_compiled PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()
