/// Guidance by one network that takes the batch twice.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <fokker/core/memory.hpp>
#include <fokker/core/space.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/model/guidance_options.hpp>
#include <fokker/model/guidance_pass.hpp>
#include <fokker/model/kept_array.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Which half of the doubled batch has the condition: samples 0 .. n - 1 or n .. 2n - 1.
enum class batch_order { conditional_first, unconditional_first };

namespace detail {
namespace types {

/// Guidance like `guided_network`, by one call for both predictions: the network sees an array that
/// holds the batch twice, and knows by the sample's place whether to use the condition. It is
/// called in the same way at any scale, and where guidance does not act: then the conditional half
/// is taken. Each call is one network call, of twice the samples. Its second output is the
/// unconditional prediction. One object serves one thread at a time.
template <class Network>
class guided_batch_network {
    using network = std::remove_reference_t<Network>;

public:
    guided_batch_network(Network&& f, const guidance& options, batch_order order)
        : network_(std::forward<Network>(f)), state_(options), order_(order) {}

    /// out = f(x, knot).
    template <array_like X, array_like Out>
        requires network_for<network, owner_of<X>, owner_of<Out>>
    void operator()(const X& x, const knot& k, Out& out) {
        const halves<Out> h = call(x, k, out);
        take(k, out, h);
    }

    /// The same, and `second` = the unconditional prediction (the conditional one where guidance
    /// does not act).
    template <array_like X, array_like Out>
        requires network_for<network, owner_of<X>, owner_of<Out>>
    void operator()(const X& x, const knot& k, Out& out, Out& second) {
        const halves<Out> h = call(x, k, out);
        take(k, out, h);
        const auto* const from = state_.acts_at(k) ? h.unconditional : h.conditional;
        copy<Out>(from, detail::data_of(second), detail::shape_of(out).size());
    }

    template <class X, class Out>
    static constexpr second_output second_kind() {
        return second_output::unconditional;
    }

    /// Where the network is a flow map: see there.
    void check_map(const knot& from, const knot& goal) const
        requires is_flow_map<network>
    {
        network_.check_map(from, goal);
    }

    /// Forgets the walk before. A run calls this when it begins one, and after a seek or a jump.
    void begin_walk() {
        state_.begin_walk();
        detail::begin_walk(network_);
    }

    /// The difference that momentum keeps, and what the network keeps.
    template <class Archive>
    void memory(Archive& archive) {
        state_.memory(archive);
        core::visit_memory(network_, archive);
    }

private:
    template <class Out>
    struct halves {
        const scalar_of<Out>*conditional, *unconditional;
    };

    template <class X, class Out>
    halves<Out> call(const X& x, const knot& k, const Out& out) {
        static_assert(
            repeatable<X> && repeatable<Out>,
            "fokker: guided_batch needs an array that can hold the batch twice, and this "
            "one's size is fixed (or its array_traits have no repeated(a, times)); take a "
            "dynamic number of samples, or use guided(conditional, unconditional, ..)");
        if constexpr (repeatable<X> && repeatable<Out>) {
            const std::size_t size = detail::shape_of(x).size();
            state_.begin_call(detail::shape_of(x), k);
            owner_of<X>& twice = input_.repeated(x, 2);
            copy<X>(detail::data_of(x), detail::data_of(twice), size);
            copy<X>(detail::data_of(x), detail::data_of(twice) + size, size);
            owner_of<Out>& both = output_.repeated(out, 2);
            detail::call_network(network_, std::as_const(twice), k, k.t, both);
            const scalar_of<Out>* const first = detail::data_of(both);
            return order_ == batch_order::conditional_first ? halves<Out>{first, first + size}
                                                            : halves<Out>{first + size, first};
        }
    }

    template <class A>
    static void copy(const scalar_of<A>* from, scalar_of<A>* to, std::size_t size) {
        write_sample<core::space_of<A>>(to, kernel::term(1.0, from), size);
    }

    template <class Out>
    void take(const knot& k, Out& out, const halves<Out>& h) {
        if (state_.acts_at(k))
            state_.guide(out, h.conditional, h.unconditional);
        else
            copy<Out>(h.conditional, detail::data_of(out), detail::shape_of(out).size());
    }

    Network network_;
    guidance_state state_;
    batch_order order_;
    kept_array input_, output_;
};

}  // namespace types
using types::guided_batch_network;

}  // namespace detail

/// Guidance by one callable that takes the batch twice, in the order that is said: for example
/// predicts_noise(guided_batch(network, {.scale = 7.5}, batch_order::unconditional_first)), as
/// pipelines of diffusers do it. In an array of one sample, such as a vector, the second copy
/// stands behind the first. Throws fokker::error on an option out of its range (see `guidance`).
template <class Network>
auto guided_batch(Network&& network, const guidance& options, batch_order order) {
    static_assert(!detail::is_model<std::remove_cvref_t<Network>>,
                  "fokker: guided_batch takes a network, and what it predicts is said around it: "
                  "predicts_noise(guided_batch(network, options, order))");
    return detail::guided_batch_network<Network>(std::forward<Network>(network), options, order);
}

/// The same with a scale alone.
template <class Network>
auto guided_batch(Network&& network, double scale, batch_order order) {
    return fokker::guided_batch(std::forward<Network>(network), guidance{.scale = scale}, order);
}

}  // namespace fokker
