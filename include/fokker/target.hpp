/// What the compiler was told that changes the code, as the name of an inline namespace. Of two
/// functions of the same name the linker keeps one, so the functions of files that are compiled for
/// different machines are to have different names; then such files can be linked into one program.
/// An array, a grid or a run cannot be handed from one such file to another; errors can be.
///
/// In the name is what compilers say by a macro: the vectors, FMA, half floats, bit manipulation,
/// OpenMP, the flags of -ffast-math that change results, each by itself with GCC (Clang tells only
/// -ffast-math and -ffinite-math-only), FOKKER_STANDARD_ONLY, and the debug mode of libstdc++. Not
/// in the name, as no macro or only one of many tells it: -ffp-contract, -mtune, -O, Clang's single
/// flags of -ffast-math, the smaller sets within a generation that a compiler may use (such as
/// VBMI, LZCNT, MOVBE, POPCNT), and Eigen's own macros. Give such flags to all files of a program,
/// and where machines differ name generations: -march=x86-64, x86-64-v2, -v3, -v4, or a processor.
/// Eigen and the standard library have one name on all machines, and their functions are merged.
#pragma once

#include <string_view>

#include <fokker/kernel/compiler.hpp>

#if defined(__AVX512F__)
#define FOKKER_VECTORS avx512
#elif defined(__AVX2__)
#define FOKKER_VECTORS avx2
#elif defined(__AVX__)
#define FOKKER_VECTORS avx
#elif defined(__SSE4_2__)
#define FOKKER_VECTORS sse4_2
#elif defined(__SSE4_1__)
#define FOKKER_VECTORS sse4
#elif defined(__SSSE3__)
#define FOKKER_VECTORS ssse3
#elif defined(__SSE3__)
#define FOKKER_VECTORS sse3
#elif defined(__ARM_FEATURE_SVE)
#define FOKKER_VECTORS sve
#else
#define FOKKER_VECTORS baseline
#endif

// The parts of AVX-512: none, those of all processors but the first (x86-64-v4), or some of them.
#if defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define FOKKER_AVX512 _v4
#elif defined(__AVX512BW__) || defined(__AVX512DQ__) || defined(__AVX512VL__)
#define FOKKER_AVX512 _part
#else
#define FOKKER_AVX512
#endif

#if defined(__AVX512FP16__)
#define FOKKER_AVX512_HALVES _fp16
#elif defined(__AVX512BF16__)
#define FOKKER_AVX512_HALVES _bf16
#else
#define FOKKER_AVX512_HALVES
#endif

#if defined(__FMA__)
#define FOKKER_FMA _fma
#else
#define FOKKER_FMA
#endif

#if defined(__F16C__)
#define FOKKER_HALVES _f16c
#else
#define FOKKER_HALVES
#endif

#if defined(__BMI2__)
#define FOKKER_BITS _bmi2
#else
#define FOKKER_BITS
#endif

#if defined(_OPENMP)
#define FOKKER_THREADS _threads
#else
#define FOKKER_THREADS
#endif

#if defined(__FAST_MATH__)
#define FOKKER_MATH _fast_math
#elif defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#define FOKKER_MATH _finite_math
#else
#define FOKKER_MATH
#endif

#if defined(__FAST_MATH__)
#define FOKKER_REORDERED
#elif defined(__ASSOCIATIVE_MATH__) && defined(__RECIPROCAL_MATH__)
#define FOKKER_REORDERED _unsafe_math
#elif defined(__ASSOCIATIVE_MATH__)
#define FOKKER_REORDERED _associative
#elif defined(__RECIPROCAL_MATH__) && defined(__NO_SIGNED_ZEROS__)
#define FOKKER_REORDERED _reciprocal_unsigned
#elif defined(__RECIPROCAL_MATH__)
#define FOKKER_REORDERED _reciprocal
#elif defined(__NO_SIGNED_ZEROS__)
#define FOKKER_REORDERED _unsigned
#else
#define FOKKER_REORDERED
#endif

#if !defined(FOKKER_GNU)
#define FOKKER_LOOPS _standard  // the plain loops of kernel/plain_lanes.hpp
#else
#define FOKKER_LOOPS
#endif

#if defined(_GLIBCXX_DEBUG)
#define FOKKER_DEBUG _debug  // containers of another layout
#else
#define FOKKER_DEBUG
#endif

// In two steps, so that the pieces are replaced before they are joined.
#define FOKKER_JOIN_NAMES(a, b, c, d, e, f, g, h, i, j, k) a##b##c##d##e##f##g##h##i##j##k
#define FOKKER_JOIN(a, b, c, d, e, f, g, h, i, j, k) \
    FOKKER_JOIN_NAMES(a, b, c, d, e, f, g, h, i, j, k)
#define FOKKER_TARGET                                                                           \
    FOKKER_JOIN(FOKKER_VECTORS, FOKKER_AVX512, FOKKER_AVX512_HALVES, FOKKER_FMA, FOKKER_HALVES, \
                FOKKER_BITS, FOKKER_THREADS, FOKKER_MATH, FOKKER_REORDERED, FOKKER_LOOPS,       \
                FOKKER_DEBUG)

#define FOKKER_TEXT_OF(name) #name
#define FOKKER_TEXT(name) FOKKER_TEXT_OF(name)

/// The other inner namespaces: what is in detail, core and kernel is no user's business. Of these,
/// classes that users' objects are made of, as an argument of run<..> or as a base, are in a
/// namespace `types` there: detail::types, core::types, kernel::types. A call without a namespace
/// is looked up where the arguments' types are, too, and there it must find no function of ours, or
/// a program's own `require(run)` would call it. The other way round, our calls name the namespace
/// (detail::shape_of(x)) wherever an argument may be of a user's type.
namespace fokker::inline FOKKER_TARGET::detail {
/// As it stands in the names that the compiler gives to types.
inline constexpr std::string_view target_name = "fokker::" FOKKER_TEXT(FOKKER_TARGET) "::";
}  // namespace fokker::detail

#undef FOKKER_TEXT
#undef FOKKER_TEXT_OF
