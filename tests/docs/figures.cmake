# The counts that README.md and docs/performance.md give are those of the tables: the rows of the solvers in
# docs/solvers.md, and those of the classes in docs/from-diffusers.md, which the library itself writes.
# cmake -DSOURCE= -P figures.cmake
cmake_minimum_required(VERSION 3.24)

# rows(page table result): how many lines of the table begin with a name.
function(rows page table result)
    file(READ "${SOURCE}/${page}" text)
    string(REPLACE "[" "<" text "${text}")
    string(REPLACE ";" "," text "${text}")
    string(FIND "${text}" "<!-- ${table}: written by docs/tables.sh -->" first)
    string(FIND "${text}" "<!-- ${table}: end -->" last)
    if(first EQUAL -1 OR last LESS first)
        message(FATAL_ERROR "${page} has no marks '${table}'")
    endif()
    math(EXPR length "${last} - ${first}")
    string(SUBSTRING "${text}" ${first} ${length} text)
    string(REGEX MATCHALL "\n\\| [`<]" lines "${text}")
    list(LENGTH lines count)
    set(${result} ${count} PARENT_SCOPE)
endfunction()

# says(page words count): that the page has these words, with this number in place of N.
function(says page words count)
    file(READ "${SOURCE}/${page}" text)
    string(REPLACE "N" "${count}" words "${words}")
    string(FIND "${text}" "${words}" place)
    if(place EQUAL -1)
        message(SEND_ERROR "${page} does not say '${words}', which is the number of rows")
    endif()
endfunction()

rows(docs/solvers.md solvers solvers)
rows(docs/from-diffusers.md classes classes)
says(README.md "**N samplers by name**" ${solvers})
says(docs/performance.md "each of the N entries of the catalogue" ${solvers})
says(README.md "N scheduler classes" ${classes})
