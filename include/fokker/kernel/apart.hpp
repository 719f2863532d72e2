/// Numbers that are read one by one.
#pragma once

#include <fokker/kernel/lanes.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::kernel {

/// x itself, in a register of its own. Compilers read two numbers that lie side by side at once; if
/// two stores have just written them, that waits until both have left the store buffer, which takes
/// as long as a small sweep.
template <class T>
FOKKER_ALWAYS_INLINE inline T apart(T x) {
    return kernel::in_register(x);
}

}  // namespace fokker::kernel
