# cmake -D work=FOLDER -P goes_on.cmake -- fashion_quality option...
# A study that stopped in the middle of a picture, and was then asked for more of them, has kept the
# same numbers as one that was never stopped, whatever else lies in its folder; and one of other
# moments is not mixed into it.
include("${CMAKE_CURRENT_LIST_DIR}/../words.cmake")

list(APPEND words --methods "ddpm,npr-ddpm" --grids "linspace,optimal" --seeds 2)

function(study)
    execute_process(COMMAND ${words} ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE output
        ERROR_VARIABLE output)
    message(STATUS "${output}")
    set(code "${code}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${work}/at_once" "${work}/in_two")
study(--pictures 12 --threads 1 --out "${work}/at_once")
study(--pictures 5 --threads 3 --out "${work}/in_two")
file(GLOB cells RELATIVE "${work}/in_two/cells" "${work}/in_two/cells/*features.f32")
list(LENGTH cells count)
if(NOT count EQUAL 8)  # two methods, grids and seeds
    message(FATAL_ERROR "there should be 8 cells, and there are ${count}: ${cells}")
endif()
list(GET cells 0 cut)
file(APPEND "${work}/in_two/cells/${cut}" "abc")  # part of a number
foreach(stray IN ITEMS "ddpm, linspace, many steps, seed 1" " steps, seed 1" "notes")
    file(WRITE "${work}/in_two/cells/${stray}.f32" "not of a study")
endforeach()
file(MAKE_DIRECTORY "${work}/in_two/cells/folder.f32")
study(--pictures 12 --threads 2 --out "${work}/in_two")

file(GLOB cells RELATIVE "${work}/at_once" "${work}/at_once/cells/*.f32")
foreach(file IN LISTS cells ITEMS results.csv)
    file(SHA256 "${work}/at_once/${file}" expected)
    file(SHA256 "${work}/in_two/${file}" found)
    if(NOT found STREQUAL expected)
        message(FATAL_ERROR "${file} differs from that of a study in one go")
    endif()
endforeach()

file(READ "${work}/map.txt" map)
file(WRITE "${work}/other_map.txt" "${map}# other\n")
study(--pictures 12 --out "${work}/in_two" --map "${work}/other_map.txt")
if(NOT code EQUAL 1)
    message(FATAL_ERROR "results of other moments should be refused")
endif()
