// The compiled form of the library: see include/fokker/compiled.hpp.
#include <fokker/fokker.hpp>

#ifndef FOKKER_COMPILING
#error "compile this file with FOKKER_COMPILING, as the target fokker::compiled does"
#endif
