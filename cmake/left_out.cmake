# What a test, a program or a benchmark needs may not be there. It is then left out, and said; where
# nothing may be missing, as in tests/run.sh, that is an error.
option(FOKKER_REQUIRE_ALL
    "End with an error where a test, a program or a benchmark has to be left out" OFF)

# leave_out(what why package...): the packages are those of Debian that would help.
function(leave_out what why)
    set(line "${what}: left out, as ${why}")
    if(ARGN)
        list(JOIN ARGN " " packages)
        string(APPEND line "; on Debian: apt-get install ${packages}")
    endif()
    if(FOKKER_REQUIRE_ALL)
        message(FATAL_ERROR "${line} (FOKKER_REQUIRE_ALL is on)")
    endif()
    message(STATUS "${line}")
endfunction()
