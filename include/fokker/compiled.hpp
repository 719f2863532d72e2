/// The compiled form: what does not depend on a program's own types, compiled once, in a library.
///
/// A program that links `fokker::compiled` has FOKKER_COMPILED defined: its files see declarations
/// where the library has the functions. The library itself (src/fokker.cpp) is compiled with
/// FOKKER_COMPILING. With neither, which is the default, the headers are all there is.
///
/// In a header, functions that are no templates stand under FOKKER_BODIES, each with FOKKER_INLINE.
/// Templates are instantiated for the usual types by FOKKER_TEMPLATE, under an #ifdef of it.
#pragma once

#if defined(FOKKER_COMPILING)
#define FOKKER_BODIES
#define FOKKER_INLINE
#define FOKKER_TEMPLATE template
#elif defined(FOKKER_COMPILED)
#define FOKKER_TEMPLATE extern template
#else
#define FOKKER_BODIES
#define FOKKER_INLINE inline
#endif
