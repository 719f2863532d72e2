# Two object files, compiled for different instruction sets, share no function of fokker: of those
# with the same name the linker keeps one. The errors are shared on purpose.
# cmake -DNM= -DONE=<object> -DOTHER=<object> -P two_targets.cmake
cmake_minimum_required(VERSION 3.24)

foreach(which IN ITEMS ONE OTHER)
    execute_process(COMMAND "${NM}" --defined-only "${${which}}"
        OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX MATCHALL "_Z[A-Za-z0-9_]*6fokker[A-Za-z0-9_.]*" names "${text}")
    list(FILTER names EXCLUDE REGEX "^_Z(N|NK|T[A-Z]N)6fokker(5error|13network_error)")
    list(REMOVE_DUPLICATES names)
    list(LENGTH names count)
    if(count LESS 50)
        message(FATAL_ERROR "${${which}} has ${count} functions of fokker: this check looks in the wrong place")
    endif()
    set(names_${which} "${names}")
endforeach()
set(shared "")
foreach(name IN LISTS names_ONE)
    if(name IN_LIST names_OTHER)
        list(APPEND shared "${name}")
    endif()
endforeach()
if(shared)
    list(JOIN shared "\n" shared)
    message(FATAL_ERROR "compiled twice under one name:\n${shared}")
endif()
