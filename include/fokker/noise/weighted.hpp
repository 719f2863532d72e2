/// Weighted sums of normals, by elements. Each product is rounded before it is added, so that the
/// bits are the same on all machines.
#pragma once

#include <cstddef>

#include <fokker/kernel/lanes.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::noise {

/// out[i] = term(at), where at(p) is p[i]: a register of elements at a time, and then the rest.
template <class T, class Term>
FOKKER_ALWAYS_INLINE inline void write_each(T* out, std::size_t count, const Term& term) {
    constexpr std::size_t step = kernel::lane_count<T>;
    std::size_t i = 0;
    for (; i + step <= count; i += step)
        kernel::store(term([i](const T* p) FOKKER_INLINE_LAMBDA { return kernel::load(p + i); }),
                      out + i);
    for (; i < count; ++i) out[i] = term([i](const T* p) FOKKER_INLINE_LAMBDA { return p[i]; });
}

/// out = weight z.
template <class T>
FOKKER_NEVER_INLINE void set_weighted(T* out, std::size_t count, T weight, const T* z) {
    noise::write_each(
        out, count, [=](auto at) FOKKER_INLINE_LAMBDA { return kernel::rounded(weight * at(z)); });
}

/// out = out + weight z.
template <class T>
FOKKER_NEVER_INLINE void add_weighted(T* out, std::size_t count, T weight, const T* z) {
    noise::write_each(out, count, [=](auto at) FOKKER_INLINE_LAMBDA {
        return at(out) + kernel::rounded(weight * at(z));
    });
}

/// out = a out + b z.
template <class T>
FOKKER_NEVER_INLINE void mix_weighted(T* out, std::size_t count, T a, T b, const T* z) {
    noise::write_each(out, count, [=](auto at) FOKKER_INLINE_LAMBDA {
        return kernel::rounded(a * at(out)) + kernel::rounded(b * at(z));
    });
}

}  // namespace fokker::noise
