/// xtensor arrays as states: xt::xarray, xt::xtensor and xt::adapt of memory, row-major; views are
/// not (copy them, or adapt their memory). The leading
/// axis counts the samples; an array of one axis is one sample.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>

#if __has_include(<xtensor/containers/xarray.hpp>)  // from 0.26 on
#include <xtensor/containers/xarray.hpp>
#include <xtensor/containers/xcontainer.hpp>
#include <xtensor/containers/xtensor.hpp>
#else
#include <xtensor/xarray.hpp>
#include <xtensor/xcontainer.hpp>
#include <xtensor/xtensor.hpp>
#endif

#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {
/// xarray, xtensor and what xt::adapt makes; no views, whose elements may have gaps.
template <class A>
concept xtensor_container = std::derived_from<A, xt::xcontainer<A>>;
}  // namespace detail

template <detail::xtensor_container A>
    requires real_scalar<typename A::value_type>
struct array_traits<A> {
    using scalar = typename A::value_type;
    using owner = typename A::temporary_type;
    static constexpr bool is_view = false;
    static constexpr bool is_fixed = false;

    static auto data(auto& a) {
        detail::require(a.layout() == xt::layout_type::row_major ||
                            (a.dimension() == 1 && a.layout() == xt::layout_type::column_major),
                        "this xtensor array is not row-major, so its samples are not contiguous; "
                        "use xt::layout_type::row_major");
        return a.data();
    }
    static std::size_t size(const A& a) { return a.size(); }
    static std::size_t samples(const A& a) {
        return a.dimension() <= 1 ? 1 : static_cast<std::size_t>(a.shape()[0]);
    }
    static owner like(const A& a) { return owner(a.shape()); }
    static owner repeated(const A& a, std::size_t times) {
        auto shape = a.shape();
        detail::require(a.dimension() > 0, "an xtensor array without axes cannot be repeated");
        shape[0] *= static_cast<typename owner::shape_type::value_type>(times);
        return owner(shape);
    }
    static bool same_shape(const A& a, const auto& b) {
        return a.dimension() == b.dimension() &&
               std::equal(a.shape().begin(), a.shape().end(), b.shape().begin());
    }
};

}  // namespace fokker
