# cmake -DSOURCE= -DWORK= -P examples_help.cmake
# `examples/run.sh --help` prints the options where nothing can be built: beside the script lie only
# the files that it reads.
cmake_minimum_required(VERSION 3.24)

file(REMOVE_RECURSE "${WORK}")
file(COPY "${SOURCE}/examples/run.sh" "${SOURCE}/examples/help" DESTINATION "${WORK}/examples")
file(COPY "${SOURCE}/cmake/shell.sh" DESTINATION "${WORK}/cmake")
foreach(case IN ITEMS "--help|--sampler" "--steps;3;-h|--sampler" "quality;--help|--bound-pictures"
        "shards;--help|--checkpoint-every" "latents;--help|--guidance" "words;--help|--complete"
        "moments;--help|--each-element" "likelihood;--help|--bound-steps"
        "classifier;--help|--accuracy" "parallel;--help|--tolerances" "fit;--help|--knots-of" "policy;--help|--real-time" "serving;--help|--loads"
        "engines;--help|--repetitions" "terrain;--help|--model" "web;--help|--out")
    string(REPLACE "|" ";" case "${case}")
    list(POP_BACK case expected)
    execute_process(COMMAND bash "${WORK}/examples/run.sh" ${case}
        RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE error)
    if(NOT code EQUAL 0 OR NOT error STREQUAL "" OR NOT output MATCHES "${expected}")
        message(NOTICE "${output}${error}")
        message(FATAL_ERROR "run.sh ${case}: ends with ${code}, and should print ${expected}")
    endif()
endforeach()
if(EXISTS "${WORK}/build")
    message(FATAL_ERROR "something was built")
endif()
