/// A loop over compile-time indices, so that arrays of two or three elements live in registers at
/// every optimisation level.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::kernel {

namespace detail {
template <class F, std::size_t... I>
FOKKER_ALWAYS_INLINE constexpr void call_each(const F& f, std::index_sequence<I...>) {
    (f(std::integral_constant<std::size_t, I>{}), ...);
}
}  // namespace detail

/// f(0), f(1), .., f(N - 1), each index an integral constant.
template <std::size_t N, class F>
FOKKER_ALWAYS_INLINE constexpr void unrolled(const F& f) {
    detail::call_each(f, std::make_index_sequence<N>{});
}

}  // namespace fokker::kernel
