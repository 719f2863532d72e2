/// A loop over compile-time indices, so that arrays of two or three elements live in registers at
/// every optimisation level.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace fokker::kernel {

/// f(0), f(1), .., f(N - 1), each index an integral constant.
template <std::size_t N, class F>
constexpr void unrolled(const F& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (f(std::integral_constant<std::size_t, I>{}), ...);
    }(std::make_index_sequence<N>{});
}

}  // namespace fokker::kernel
