/// The user's arrays: what the library must know of a type to treat it as the state of a diffusion.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/error.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/kernel/array_traits.hpp>
#include <fokker/kernel/mdspan_array.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// What the standard library calls a contiguous, sized range, without <ranges>, which takes
/// long to compile.
template <class A>
concept contiguous_numbers = requires(A& a) {
    { std::begin(a) } -> std::contiguous_iterator;
    { std::size(a) } -> std::convertible_to<std::size_t>;
    requires number<std::iter_value_t<decltype(std::begin(a))>>;
} && (!requires(A a) { a.shape(); }) && (!requires(A a) { a.derived(); });

}  // namespace detail

/// std::vector, std::array, std::span and other contiguous ranges: one sample.
template <detail::contiguous_numbers A>
struct array_traits<A> {
    static auto data(auto& a) { return std::to_address(std::begin(a)); }

    using scalar = std::iter_value_t<decltype(std::begin(std::declval<A&>()))>;
    /// A view gives the same access to its elements whether it is const itself or not.
    static constexpr bool is_view =
        std::same_as<decltype(data(std::declval<A&>())), decltype(data(std::declval<const A&>()))>;
    static constexpr bool is_fixed = !is_view && requires { std::tuple_size<A>::value; };
    using owner = std::conditional_t<is_fixed, A, std::vector<scalar>>;

    static std::size_t size(const A& a) { return std::size(a); }
    static std::size_t samples(const A&) { return 1; }
    static owner like(const A& a) {
        if constexpr (is_fixed)
            return owner{};
        else
            return owner(size(a));
    }
    static owner repeated(const A& a, std::size_t times)
        requires(!is_fixed)
    {
        return owner(times * size(a));
    }
    static bool same_shape(const A& a, const auto& b) { return size(a) == std::size(b); }
};

namespace detail {
template <class A>
concept eigen_dense = std::derived_from<A, Eigen::DenseBase<A>>;

template <class A>
concept eigen_with_storage = eigen_dense<A> && bool(A::Flags & Eigen::DirectAccessBit);

/// Whether nothing bounds the number of samples, or of a vector's elements.
template <eigen_dense A>
constexpr bool unbounded_outside() {
    if constexpr (A::IsVectorAtCompileTime)
        return A::MaxSizeAtCompileTime == Eigen::Dynamic;
    else if constexpr (A::IsRowMajor)
        return A::MaxRowsAtCompileTime == Eigen::Dynamic;
    else
        return A::MaxColsAtCompileTime == Eigen::Dynamic;
}

}  // namespace detail

/// Eigen vectors (one sample), and matrices and arrays: a sample is a column of a column-major one,
/// a row of a row-major one. Maps, Refs and Blocks must be contiguous; throws fokker::error
/// otherwise.
template <detail::eigen_with_storage A>
    requires detail::number<typename A::Scalar>
struct array_traits<A> {
    using scalar = typename A::Scalar;
    using owner = typename A::PlainObject;
    static constexpr bool is_view = !std::same_as<A, owner>;
    static constexpr bool is_fixed = A::SizeAtCompileTime != Eigen::Dynamic;

    static_assert(A::InnerStrideAtCompileTime == 1 || A::InnerStrideAtCompileTime == Eigen::Dynamic,
                  "fokker: this Eigen expression skips elements (its inner stride is not 1); copy "
                  "it into a plain Eigen array first");

    static auto data(auto& a) {
        require_contiguous(a);
        return a.data();
    }
    static std::size_t size(const A& a) { return static_cast<std::size_t>(a.size()); }
    static std::size_t samples(const A& a) {
        return A::IsVectorAtCompileTime ? 1 : static_cast<std::size_t>(a.outerSize());
    }
    static owner like(const A& a) {
        owner b;
        b.resize(a.rows(), a.cols());
        return b;
    }
    static owner repeated(const A& a, std::size_t times)
        requires(detail::unbounded_outside<A>())
    {
        const Eigen::Index n = static_cast<Eigen::Index>(times);
        const bool column = A::ColsAtCompileTime == 1, row = A::RowsAtCompileTime == 1;
        const bool rows = column || (A::IsRowMajor && !row);
        owner b;
        b.resize(rows ? n * a.rows() : a.rows(), rows ? a.cols() : n * a.cols());
        return b;
    }
    static bool same_shape(const A& a, const auto& b) {
        return a.rows() == b.rows() && a.cols() == b.cols();
    }

private:
    static void require_contiguous(const A& a) {
        if constexpr (is_view)
            detail::require(
                a.size() <= 1 || ((a.innerSize() <= 1 || a.innerStride() == 1) &&
                                  (a.outerSize() <= 1 || a.outerStride() == a.innerSize())),
                "the array has gaps (inner stride ", a.innerStride(), ", outer stride ",
                a.outerStride(), ", inner size ", a.innerSize(),
                "); pass whole columns of a column-major array, or a copy");
    }
};

namespace detail {

template <class A>
concept has_array_traits = requires(std::remove_cvref_t<A>& a) {
    typename array_traits<std::remove_cvref_t<A>>::scalar;
    { array_traits<std::remove_cvref_t<A>>::size(a) } -> std::convertible_to<std::size_t>;
};

}  // namespace detail

/// A type whose elements the library can read and write.
template <class A>
concept array_like = detail::has_array_traits<A> &&
                     !token_scalar<typename array_traits<std::remove_cvref_t<A>>::scalar>;

/// The same with elements that stand for classes: the state of a discrete walk.
template <class A>
concept token_array = detail::has_array_traits<A> &&
                      token_scalar<typename array_traits<std::remove_cvref_t<A>>::scalar>;

namespace detail {

template <has_array_traits A>
using scalar_of = typename array_traits<std::remove_cvref_t<A>>::scalar;

template <has_array_traits A>
using owner_of = typename array_traits<std::remove_cvref_t<A>>::owner;

template <has_array_traits A>
auto data_of(A& a) {
    return array_traits<std::remove_cvref_t<A>>::data(a);
}

/// The same, to be read from only.
template <array_like A>
const scalar_of<A>* const_data_of(A& a) {
    return detail::data_of(a);
}

template <has_array_traits A>
array_shape shape_of(const A& a) {
    const std::size_t size = array_traits<A>::size(a), samples = array_traits<A>::samples(a);
    return {samples, samples == 0 ? 0 : size / samples};
}

/// Whether an array has this shape: in a step cheaper than to ask for its own, which takes a
/// division.
template <has_array_traits A>
bool has_shape(const A& a, const array_shape& shape) {
    return array_traits<A>::samples(a) == shape.samples && array_traits<A>::size(a) == shape.size();
}

/// A type that can hold a batch several times.
template <class A>
concept repeatable =
    requires(const A& a, std::size_t times) { array_traits<A>::repeated(a, times); };

template <class A>
concept names_space = requires { typename array_traits<A>::space; };

/// Whether addresses of both can be compared: those of this program, or of one type elsewhere.
template <class A, class B>
inline constexpr bool in_one_memory = std::same_as<A, B> || (!names_space<A> && !names_space<B>);

/// Whether two arrays have elements in common.
template <has_array_traits A, has_array_traits B>
bool share_elements(const A& a, const B& b) {
    if constexpr (in_one_memory<A, B>) {
        const auto begin = [](const auto& c) {
            return reinterpret_cast<std::uintptr_t>(detail::data_of(c));
        };
        // By the size alone: the shape takes a division.
        const auto end = [&]<class C>(const C& c) {
            return begin(c) + array_traits<C>::size(c) * sizeof(*detail::data_of(c));
        };
        return begin(a) < end(b) && begin(b) < end(a) && begin(a) < end(a) && begin(b) < end(b);
    }
    return false;
}

}  // namespace detail

}  // namespace fokker
