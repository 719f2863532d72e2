/// What the compiler was told that changes the code, as the name of an inline namespace. Files that
/// are compiled for different instruction sets can then be linked into one program: the linker
/// keeps the code of both, where it would otherwise keep one of the two functions with the same
/// name. An array, a grid or a run cannot be handed from one such file to another; errors can be.
#pragma once

#include <string_view>

#if defined(__AVX512F__) && defined(__AVX512BF16__)
#define FOKKER_VECTORS avx512bf16
#elif defined(__AVX512F__)
#define FOKKER_VECTORS avx512
#elif defined(__AVX2__)
#define FOKKER_VECTORS avx2
#elif defined(__AVX__)
#define FOKKER_VECTORS avx
#elif defined(__SSE4_1__)
#define FOKKER_VECTORS sse4
#else
#define FOKKER_VECTORS baseline
#endif

#if defined(__FMA__) && !defined(__AVX512F__)
#define FOKKER_FMA _fma
#else
#define FOKKER_FMA
#endif

#if defined(__F16C__) && !defined(__AVX512F__)
#define FOKKER_HALVES _f16c
#else
#define FOKKER_HALVES
#endif

#if defined(_OPENMP)
#define FOKKER_THREADS _threads
#else
#define FOKKER_THREADS
#endif

#if defined(__FAST_MATH__)
#define FOKKER_MATH _fast_math
#else
#define FOKKER_MATH
#endif

#if defined(_GLIBCXX_DEBUG)
#define FOKKER_DEBUG _debug  // containers of another layout
#else
#define FOKKER_DEBUG
#endif

// In two steps, so that the pieces are replaced before they are joined.
#define FOKKER_JOIN_NAMES(a, b, c, d, e, f) a##b##c##d##e##f
#define FOKKER_JOIN(a, b, c, d, e, f) FOKKER_JOIN_NAMES(a, b, c, d, e, f)
#define FOKKER_TARGET                                                                   \
    FOKKER_JOIN(FOKKER_VECTORS, FOKKER_FMA, FOKKER_HALVES, FOKKER_THREADS, FOKKER_MATH, \
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
