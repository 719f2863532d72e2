/// Numbers that are read one by one.
#pragma once

#include <type_traits>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::kernel {

/// x itself, in a register of its own. Compilers read two numbers that lie side by side at once; if
/// two stores have just written them, that waits until both have left the store buffer, which takes
/// as long as a small sweep.
template <class T>
[[gnu::always_inline]] inline T apart(T x) {
#if defined(__x86_64__) || defined(__aarch64__)
    if constexpr (!std::is_floating_point_v<T>) asm("" : "+r"(x));
#if defined(__x86_64__)
    else
        asm("" : "+x"(x));
#else
    else
        asm("" : "+w"(x));
#endif
#endif
    return x;
}

}  // namespace fokker::kernel
