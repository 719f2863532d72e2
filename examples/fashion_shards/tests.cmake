# Which process it is, what is refused, and, in a script of its own, faults: few of them, and short walks.
enable_testing()

# add_shards_test(name code words variable... -- option...): with these variables it ends with the code,
# and says the words.
function(add_shards_test name code words)
    list(FIND ARGN -- place)
    list(SUBLIST ARGN 0 ${place} variables)
    math(EXPR place "${place} + 1")
    list(SUBLIST ARGN ${place} -1 options)
    set(full_name "${FOKKER_TEST_PREFIX}examples/shards_${name}")
    add_test(NAME "${full_name}" COMMAND "${CMAKE_COMMAND}" -E env ${variables}
        "${CMAKE_COMMAND}" -D exit_code=${code} -D "expected=${words}"
        -P "${CMAKE_CURRENT_SOURCE_DIR}/fashion_shards/says.cmake" --
        $<TARGET_FILE:fashion_shards> --out "shards/${name}" ${options})
    set_tests_properties("${full_name}" PROPERTIES LABELS smoke TIMEOUT 600)
endfunction()

set(tiny --pictures 1 --steps 1 --guidance 1)
add_shards_test(alone 0 "rank 0 of 1: .* 1 of 1 shards|rank 0 of 1: drew 0" -- ${tiny})
add_shards_test(openmpi 0 "rank 1 of 3" OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=3 -- ${tiny})
add_shards_test(mpich 0 "rank 1 of 3" PMI_RANK=1 PMI_SIZE=3 -- ${tiny})
add_shards_test(srun 0 "rank 1 of 3" SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=3 SLURM_NTASKS=3 -- ${tiny})
add_shards_test(script_of_slurm 0 "rank 0 of 1" SLURM_PROCID=0 SLURM_NTASKS=4 -- ${tiny})
set(array SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=3
    SLURM_ARRAY_TASK_STEP=2)
add_shards_test(array 0 "rank 2 of 3" ${array} -- ${tiny})
add_shards_test(array_of_srun 0 "rank 5 of 6" ${array} SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2 -- ${tiny})
add_shards_test(not_of_the_array 2 "none of the array" ${array} SLURM_ARRAY_TASK_ID=4 -- ${tiny})
add_shards_test(uneven_array 2 "give an array of equal steps" SLURM_ARRAY_TASK_ID=7
    SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=1 -- ${tiny})
add_shards_test(same_twice 0 "rank 1 of 3" PMI_RANK=1 PMI_SIZE=3 -- ${tiny} --rank 1 --ranks 3)
add_shards_test(two_ranks 2 "variables of the job say rank 1 of 3" PMI_RANK=1 PMI_SIZE=3 -- ${tiny}
    --rank 0 --ranks 3)
add_shards_test(half_a_pair 2 "PMI_RANK is set, and PMI_SIZE is not" PMI_RANK=1 -- ${tiny})
add_shards_test(half_an_array 2 "set both" SLURM_ARRAY_TASK_ID=1 -- ${tiny})
add_shards_test(no_number 2 "should be a number" PMI_RANK=one PMI_SIZE=3 -- ${tiny})
add_shards_test(no_such_rank 2 "of 3 ranks the first is 0" -- ${tiny} --rank 3 --ranks 3)
add_shards_test(half_of_the_options 2 "give both" -- ${tiny} --rank 0)

add_shards_test(no_option 2 "has none" -- ${tiny} --eta 1)
add_shards_test(no_solver 2 "did you mean" -- ${tiny} --solver dpm++2n)
add_shards_test(own_length 2 "steps of its own length" -- ${tiny} --solver dpm-adaptive)
add_shards_test(second_output 2 "second output" -- ${tiny} --solver ddpm-learned)
add_shards_test(negative_seed 2 "negative" -- ${tiny} --seed -1)
add_shards_test(large_seed 2 "more than 64 bits" -- ${tiny} --seed 18446744073709551616)
add_shards_test(seed_with_a_space 2 "no whole number" -- ${tiny} "--seed= -1")
add_shards_test(large_ranks 2 "more than 64 bits" -- ${tiny} --rank 0 --ranks 18446744073709551616)
add_shards_test(no_guidance 2 "no finite number" -- ${tiny} --guidance nan)
add_shards_test(one_real_picture 2 "no covariance" -- --gather --real-pictures 1)
add_shards_test(gathers_alone 2 "excludes" -- --gather --seed 2)
add_shards_test(nothing_there 1 "manifest.json" -- --gather --real-pictures 0)
add_shards_test(unwritable 1 "cannot be made" -- ${tiny} --out "${CMAKE_CURRENT_LIST_FILE}/shards")

find_program(FOKKER_BASH bash)
if(FOKKER_BASH)
    set(faults "${FOKKER_BASH}" "${PROJECT_SOURCE_DIR}/tests/faults.sh" --kills 2)
    add_test(NAME "${FOKKER_TEST_PREFIX}examples/shards_faults" COMMAND ${faults}
        --shards $<TARGET_FILE:fashion_shards> --work "${CMAKE_CURRENT_BINARY_DIR}/shards_faults")
    set_tests_properties("${FOKKER_TEST_PREFIX}examples/shards_faults" PROPERTIES
        LABELS smoke TIMEOUT 600)
endif()
