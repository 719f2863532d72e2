# Every sampler draws and completes words, the same ones with any number of threads; a small study;
# what is wrong is refused with one line. The list is one of the tests' own: the real one need not be
# installed.
enable_testing()
set(list "${CMAKE_CURRENT_BINARY_DIR}/list_of_words.txt")
file(WRITE "${list}" "cats\ncots\ncuts\ncute\nchat\nadventure\nletters\nWashington\ncat's\n")

# add_words_test(name command...)
function(add_words_test name)
    set(full_name "${FOKKER_TEST_PREFIX}examples/words_${name}")
    add_test(NAME "${full_name}" COMMAND ${ARGN})
    set_tests_properties("${full_name}" PROPERTIES LABELS smoke TIMEOUT 600)
endfunction()

# add_drawing_test(name says option...): what is printed must match.
function(add_drawing_test name says)
    add_words_test(${name} "${CMAKE_COMMAND}" -D "says=${says}" -P
        "${CMAKE_CURRENT_SOURCE_DIR}/words/same_words.cmake"
        -- $<TARGET_FILE:words> --list "${list}" ${ARGN})
endfunction()
foreach(sampler IN ITEMS ancestral first-hitting remasking confident-remasking surest-first
        entropy-bound looped-remasking llada dream random-order)
    add_drawing_test(${sampler} "${sampler}  14 steps  3 words" --sampler ${sampler} --steps 14
        --count 3 --bound-words 2)
    add_drawing_test(completes_by_${sampler} "^( +[0-9]+  c[a-z]t[a-z][+*]?\n)+[^\n]*words[^\n]*\n[^\n]*\n$"
        --sampler ${sampler} --complete c_t_ --steps 3 --count 20)
endforeach()
add_drawing_test(keeps_known_letters "^( +[0-9]+  c[a-z]t[a-z][+*]?\n)+[^\n]*words[^\n]*\n[^\n]*\n$"
    --sampler remasking --eta 1 --complete c_t_ --steps 8 --count 10)
add_drawing_test(goes_on "^( +[0-9]+  letter[a-z.]*[+*]?\n)+[^\n]*words" --complete letter*
    --steps 3 --count 10)
add_drawing_test(takes_the_likeliest "^   10  [^\n]*\n[^\n]*words" --complete c_t_ --temperature 0
    --sampler surest-first --steps 2 --count 10)
add_drawing_test(bound "bound on 2 held-out words: [0-9.]+ .- [0-9.]+ nats a letter\nbound for what"
    --steps 1 --count 1 --bound-words 2)
set(study "${CMAKE_CURRENT_BINARY_DIR}/words_study/study.csv")
add_drawing_test(study "\nremasking +3 .*study.csv\n$" --study --steps 1,3 --count 5 --bound-words 2
    --out "${study}")

# Exit code, and options.
foreach(case IN ITEMS "no_sampler 2 --sampler magic" "no_steps 2 --steps 0" "many_steps 2 --steps 1,2"
        "no_count 2 --count 0" "few_steps 2 --sampler first-hitting --steps 13" "no_letter 2 --complete c@t" "capital 2 --complete C_t"
        "too_long 2 --complete _______________" "nothing_to_draw 2 --complete cat"
        "eta_ignored 2 --eta 0.5" "out_ignored 2 --out study.csv" "study_completes 2 --study --complete c_t"
        "bound_ignored 2 --complete c_t --bound-words 3" "negative_seed 2 --seed -1"
        "large_seed 2 --seed 18446744073709551616" "nan_temperature 2 --temperature nan"
        "nan_eta 2 --sampler remasking --eta nan"
        "unknown_option 2 --stepz 3" "no_list 1 --list nowhere"
        "no_words 1 --list ${CMAKE_CURRENT_LIST_FILE}/..")
    separate_arguments(case UNIX_COMMAND "${case}")
    list(POP_FRONT case name code)
    add_words_test(${name} "${CMAKE_COMMAND}" -D exit_code=${code} -P
        "${CMAKE_CURRENT_SOURCE_DIR}/fashion_samples/expect.cmake"
        -- $<TARGET_FILE:words> --list "${list}" ${case})
endforeach()
