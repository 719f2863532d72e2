// The compiled form of the diffusers adapter: see include/fokker/adapt/diffusers/compiled.hpp.
#include <fokker/adapt/diffusers.hpp>

#ifndef FOKKER_COMPILING_DIFFUSERS
#error \
    "compile this file with FOKKER_COMPILING_DIFFUSERS, as the target fokker::compiled_diffusers does"
#endif
