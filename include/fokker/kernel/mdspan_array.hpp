/// mdspans as states: those of the standard library, of Kokkos and of CUDA, and every type that has
/// their members. No header of theirs is included.
#pragma once

#include <concepts>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/kernel/array_traits.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// An accessor that is said by the element type alone, such as std::default_accessor<float>. Others
/// may scale what they read, or lead to the memory of a device.
template <class Accessor, class Element>
inline constexpr bool plain_accessor = false;
template <template <class> class Accessor, class Element>
inline constexpr bool plain_accessor<Accessor<Element>, Element> = true;

template <class A>
concept mdspan_like =
    requires(const A& a) {
        typename A::extents_type;
        typename A::layout_type;
        typename A::mapping_type;
        { a.data_handle() } -> std::convertible_to<typename A::element_type*>;
        { a.extents() } -> std::convertible_to<typename A::extents_type>;
        { a.mapping() } -> std::convertible_to<typename A::mapping_type>;
        { a.size() } -> std::convertible_to<std::size_t>;
        A::rank();
    } && plain_accessor<typename A::accessor_type, typename A::element_type> &&
    number<typename A::value_type>;

namespace types {

/// What a run has where the state is an mdspan: elements in the same shape, and on the heap. It
/// converts to the mdspan and to other ones of that shape, so that a network takes mdspans of T and
/// of const T.
template <class A>
class mdspan_owner {
public:
    using element_type = typename A::value_type;
    using extents_type = typename A::extents_type;
    using mapping_type = typename A::mapping_type;

    mdspan_owner() = default;
    explicit mdspan_owner(const mapping_type& mapping, std::size_t size)
        : mapping_(mapping), elements_(size) {}

    element_type* data_handle() { return elements_.data(); }
    const element_type* data_handle() const { return elements_.data(); }
    const mapping_type& mapping() const { return mapping_; }
    decltype(auto) extents() const { return mapping_.extents(); }
    auto extent(std::size_t axis) const { return extents().extent(axis); }
    std::size_t size() const { return elements_.size(); }

    template <class M>
        requires mdspan_like<M> && std::constructible_from<M, element_type*, const mapping_type&>
    operator M() & {
        return M(data_handle(), mapping_);
    }
    template <class M>
        requires mdspan_like<M> &&
                 std::constructible_from<M, const element_type*, const mapping_type&>
    operator M() const& {
        return M(data_handle(), mapping_);
    }

private:
    mapping_type mapping_{};
    std::vector<element_type> elements_;
};

}  // namespace types

template <class A>
struct mdspan_traits {
    using scalar = typename A::value_type;
    using extents = typename A::extents_type;
    static constexpr bool is_fixed = false;

    static std::size_t size(const auto& a) { return static_cast<std::size_t>(a.size()); }
    static std::size_t samples(const auto& a) {
        return extents::rank() <= 1 ? 1 : static_cast<std::size_t>(a.extents().extent(0));
    }
    static bool same_shape(const auto& a, const auto& b) {
        return a.extents() == b.extents() && size(a) == size(b);
    }
    static bool same_sample_shape(const auto& a, const auto& b) {
        for (std::size_t i = 1; i < extents::rank(); ++i)
            if (a.extents().extent(i) != b.extents().extent(i)) return false;
        return true;
    }
    static types::mdspan_owner<A> like(const auto& a) {
        return types::mdspan_owner<A>(a.mapping(), size(a));
    }
    static types::mdspan_owner<A> repeated(const auto& a, std::size_t times)
        requires(extents::rank() > 0 && extents::rank_dynamic() > 0 &&
                 extents::static_extent(0) == static_cast<std::size_t>(-1) &&
                 std::constructible_from<typename A::mapping_type, extents>)
    {
        using index = typename extents::index_type;
        detail::require(
            size(a) <= static_cast<std::size_t>((std::numeric_limits<index>::max)()) / times,
            "this mdspan has ", size(a), " elements, and its index_type cannot count ", times,
            " times as many; take extents of a larger index_type");
        const auto longer = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return extents((I == 0 ? static_cast<index>(times) * a.extents().extent(0)
                                   : a.extents().extent(I))...);
        };
        return types::mdspan_owner<A>(
            typename A::mapping_type(longer(std::make_index_sequence<extents::rank()>())),
            times * size(a));
    }
};

}  // namespace detail

/// The first extent counts the samples; an mdspan of one axis is one sample. The last extent runs
/// fastest, without gaps; throws fokker::error otherwise.
template <detail::mdspan_like A>
struct array_traits<A> : detail::mdspan_traits<A> {
    using owner = detail::types::mdspan_owner<A>;
    static constexpr bool is_view = true;

    static typename A::element_type* data(const A& a) {
        if constexpr (A::rank() > 0) require_in_order(a);
        return a.data_handle();
    }

private:
    static void require_in_order(const A& a) {
        std::size_t apart = 1;
        for (std::size_t i = A::rank(); a.size() > 0 && i-- > 0;) {
            const auto extent = static_cast<std::size_t>(a.extents().extent(i));
            detail::require(
                extent == 1 || (a.mapping().is_strided() &&
                                static_cast<std::size_t>(a.mapping().stride(i)) == apart),
                "this mdspan has gaps or another order: axis ", i, " does not have stride ", apart,
                "; take one with layout_right, or copy it into one");
            apart *= extent;
        }
    }
};

template <class A>
struct array_traits<detail::types::mdspan_owner<A>> : detail::mdspan_traits<A> {
    using owner = detail::types::mdspan_owner<A>;
    static constexpr bool is_view = false;

    static auto data(auto& a) { return a.data_handle(); }
};

}  // namespace fokker
