/// The compiled form of the schedulers: their plans, which make forty solvers of types of their
/// own, are compiled once, in the library fokker::compiled_diffusers. A program that links it has
/// FOKKER_COMPILED_DIFFUSERS defined and sees declarations. The library itself (src/diffusers.cpp)
/// is compiled with FOKKER_COMPILING_DIFFUSERS. See fokker/compiled.hpp.
#pragma once

#if defined(FOKKER_COMPILING_DIFFUSERS)
#define FOKKER_DIFFUSERS_BODIES
#define FOKKER_DIFFUSERS_INLINE
#elif !defined(FOKKER_COMPILED_DIFFUSERS)
#define FOKKER_DIFFUSERS_BODIES
#define FOKKER_DIFFUSERS_INLINE inline
#endif
