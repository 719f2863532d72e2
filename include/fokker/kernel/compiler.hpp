/// What compilers call differently: attributes, hints and warnings. Beside this header only
/// kernel/lanes.hpp, with the vectors, says anything beyond standard C++20; kernel/exponential.hpp
/// and kernel/reduced.hpp name single instructions where there are such vectors.
///
/// GCC, Clang and clang-cl have vector types, and FOKKER_GNU is defined. Other compilers take the
/// plain loops of kernel/plain_lanes.hpp, with the same bits. So does a program that defines
/// FOKKER_STANDARD_ONLY before it includes anything of fokker, in all of its files: no attribute
/// and no extension is used then, whatever the compiler. It is made for tests, and it is slower.
#pragma once

#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) < 202002L
#error "fokker needs C++20: compile with -std=c++20"
#endif
#if defined(__clang__) && !defined(__apple_build_version__) && __clang_major__ < 16
#error "fokker needs Clang 16 or newer"
#elif defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 12
#error "fokker needs GCC 12 or newer"
#elif defined(_MSC_VER) && !defined(__clang__) && \
    _MSC_VER < 1930  // it would fuse products and sums
#error "fokker needs Visual Studio 2022 or newer"
#endif

#if (defined(__GNUC__) || defined(__clang__)) && !defined(FOKKER_STANDARD_ONLY)
#define FOKKER_GNU
#endif

#include <bit>
#if !defined(FOKKER_GNU)
#include <cfloat>
#endif

// FOKKER_ALWAYS_INLINE: small functions that have to disappear in a loop; FOKKER_INLINE_LAMBDA:
// lambdas, behind their parameters. FOKKER_NEVER_INLINE: large ones that must not. FOKKER_COLD:
// those that only throw.
#if defined(FOKKER_GNU)
#define FOKKER_ALWAYS_INLINE [[gnu::always_inline]]
#define FOKKER_INLINE_LAMBDA __attribute__((always_inline))
#define FOKKER_NEVER_INLINE [[gnu::noinline]]
#define FOKKER_COLD [[gnu::cold]]
#elif defined(_MSC_VER) && !defined(FOKKER_STANDARD_ONLY)
#define FOKKER_ALWAYS_INLINE [[msvc::forceinline]]
#define FOKKER_INLINE_LAMBDA
#define FOKKER_NEVER_INLINE [[msvc::noinline]]
#define FOKKER_COLD
#else
#define FOKKER_ALWAYS_INLINE
#define FOKKER_INLINE_LAMBDA
#define FOKKER_NEVER_INLINE
#define FOKKER_COLD
#endif

// A member that may be empty. MSVC knows the standard's attribute, and ignores it, for objects of
// older versions.
#if defined(_MSC_VER) && __has_cpp_attribute(msvc::no_unique_address)
#define FOKKER_NO_UNIQUE_ADDRESS [[msvc::no_unique_address]]
#else
#define FOKKER_NO_UNIQUE_ADDRESS [[no_unique_address]]
#endif

// Before a short loop whose turns are to be written out.
#if defined(FOKKER_GNU) && !defined(__CUDACC__)
#define FOKKER_UNROLL_LOOP _Pragma("GCC unroll 16")
#else
#define FOKKER_UNROLL_LOOP
#endif

// std::bit_cast, which the standard libraries of 2021 and before lack.
#if defined(__cpp_lib_bit_cast) || !defined(FOKKER_GNU)
#define FOKKER_BIT_CAST(To, x) std::bit_cast<To>(x)
#else
#define FOKKER_BIT_CAST(To, x) __builtin_bit_cast(To, x)
#endif

// The function that this stands in, with the arguments of its template.
#if defined(_MSC_VER) && !defined(__clang__)
#define FOKKER_FUNCTION_NAME __FUNCSIG__
#else
#define FOKKER_FUNCTION_NAME __PRETTY_FUNCTION__
#endif

// Warnings that are false in a header, and stay as they are in a user's own code.
#if defined(__GNUC__)
// A global of the program's is not what a parameter of its name hides here.
#define FOKKER_MAY_SHADOW \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wshadow\"")
#define FOKKER_END_MAY_SHADOW _Pragma("GCC diagnostic pop")
#else
#define FOKKER_MAY_SHADOW
#define FOKKER_END_MAY_SHADOW
#endif
#if defined(__GNUC__) && !defined(__clang__) && defined(__AVX512F__)
// GCC's own header of intrinsics initialises a vector by itself where its value does not matter,
// and GCC warns of it wherever that is inlined (GCC bug 105593).
#define FOKKER_MAY_BE_UNSET                                                              \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wuninitialized\"") \
        _Pragma("GCC diagnostic ignored \"-Wmaybe-uninitialized\"")
#define FOKKER_END_MAY_BE_UNSET _Pragma("GCC diagnostic pop")
#else
#define FOKKER_MAY_BE_UNSET
#define FOKKER_END_MAY_BE_UNSET
#endif

// Whether a compiler may make one instruction of a product and the sum after it, or compute with
// more digits than it was asked for. Visual Studio 2022 does not, unless it is told to.
#if defined(FOKKER_GNU)
// kernel/lanes.hpp has a barrier for it.
#elif defined(_MSC_VER) && !defined(__clang__)
#if defined(_M_FP_FAST) || defined(_M_FP_CONTRACT)
#define FOKKER_ROUNDS_LATE
#endif
#elif !(defined(__x86_64__) || defined(__wasm__)) || defined(__FMA__) || defined(__FMA4__) || \
    defined(__AVX512F__) || defined(__FAST_MATH__) || FLT_EVAL_METHOD != 0
#define FOKKER_ROUNDS_LATE
#endif
