# Counts the names of namespace fokker that a user can write, fokker::detail and the like left out, and
# fails when there are others than public_names.txt says.
# cmake -DINCLUDE=<the folder that holds fokker/> -DNAMES=<public_names.txt> -P public_names.cmake
#
# It reads lines, not C++: a name is what a line that begins at the margin declares.
cmake_minimum_required(VERSION 3.24)

file(GLOB_RECURSE headers RELATIVE "${INCLUDE}" "${INCLUDE}/fokker/*.hpp")
list(FILTER headers EXCLUDE REGEX "^fokker/(adapt|engine)/")
set(found "")
foreach(header IN LISTS headers)
    file(STRINGS "${INCLUDE}/${header}" lines REGEX "^[^ #/]")
    set(open "")  # the namespaces that are open
    foreach(line IN LISTS lines)
        if(line MATCHES "^namespace ([A-Za-z_: ]+) {")
            list(APPEND open "${CMAKE_MATCH_1}")
        elseif(line MATCHES "^}  // namespace")
            list(POP_BACK open)
        elseif(open STREQUAL "fokker::inline FOKKER_TARGET" OR open STREQUAL "fokker")
            set(name "")
            if(line MATCHES "^(struct|class|enum class|concept|using) ([a-z_0-9]+)( |;)")
                set(name "${CMAKE_MATCH_2}")
            elseif(line MATCHES "^inline constexpr ([^=]* )?([a-z_0-9]+)(\\[\\])?( =|{|;)")
                set(name "${CMAKE_MATCH_2}")
            elseif(NOT line MATCHES "^(template|requires|static_assert|})"
                    AND line MATCHES "^(\\[\\[[^]]*\\]\\] )?[a-z_A-Z0-9:<>,&* ]+[ &*]([a-z_0-9]+)\\(")
                set(name "${CMAKE_MATCH_2}")
            endif()
            if(name)
                list(APPEND found "${name}")
                set(header_of_${name} "${header}")
            endif()
        endif()
    endforeach()
    if(open)
        message(SEND_ERROR "${header} closes a namespace without its comment: }  // namespace ..")
    endif()
endforeach()
list(REMOVE_DUPLICATES found)
list(SORT found)
list(LENGTH found count)

file(STRINGS "${NAMES}" known)
set(new "")
foreach(name IN LISTS found)
    if(NOT name IN_LIST known)
        string(APPEND new "\n  ${name}, in ${header_of_${name}}")
    endif()
endforeach()
if(new)
    message(SEND_ERROR "new public names:${new}\n"
        "A name that no user writes belongs into fokker::detail, or into core, kernel or noise. One that a "
        "page of docs/ tells users to write is added to tests/headers/public_names.txt.")
endif()
foreach(name IN LISTS known)
    if(NOT name IN_LIST found)
        message(SEND_ERROR "${name} is no public name any more; take it out of public_names.txt, and tell "
            "users in CHANGELOG.md")
    endif()
endforeach()
message(STATUS "${count} public names")
