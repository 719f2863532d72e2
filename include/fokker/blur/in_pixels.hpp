/// A network that works on pictures, for a walk of their waves.
#pragma once

#include <any>
#include <type_traits>
#include <utility>

#include <fokker/blur/cosine_transform.hpp>
#include <fokker/core/memory.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/kept_array.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace detail {

namespace types {

/// The result of `in_pixels`. One object serves one thread at a time.
template <class Network>
class pixel_network {
    using network = std::remove_reference_t<Network>;

public:
    pixel_network(Network&& of_pixels, const cosine_transform& transform)
        : network_(std::forward<Network>(of_pixels)), transform_(transform) {}

    /// out = the waves of f(pictures of the waves x, knot).
    template <array_like X, array_like Out>
        requires network_for<network, owner_of<X>, Out>
    void operator()(const X& x, const knot& k, Out& out) {
        using scratch = cosine_transform::scratch<Out>;
        owner_of<X>& pixels = pixels_.like(x);
        scratch* memory = std::any_cast<scratch>(&scratch_);
        if (!memory) memory = &scratch_.template emplace<scratch>(transform_);
        transform_.convert(x, pixels, *memory, false);
        detail::call_network(network_, std::as_const(pixels), k, k.t, out);
        transform_.convert(std::as_const(out), out, *memory, true);
    }

    void begin_walk() { detail::begin_walk(network_); }
    template <class Archive>
    void memory(Archive& archive)
        requires core::keeps_memory<network>
    {
        core::visit_memory(network_, archive);
    }

private:
    Network network_;
    cosine_transform transform_;
    kept_array pixels_;
    std::any scratch_;
};

}  // namespace types
using types::pixel_network;

}  // namespace detail

/// The network of a walk whose state are waves, made of one that works on pictures: it is handed
/// the pictures, and what it says is turned into waves. Wrap the result like any network, as in
/// predicts_noise(in_pixels(network, transform)). An lvalue is referred to. It makes its arrays at
/// the first call.
template <class Network>
auto in_pixels(Network&& network, const cosine_transform& transform) {
    static_assert(!detail::is_model<std::remove_cvref_t<Network>>,
                  "fokker: in_pixels takes a network, and what it predicts is said around it: "
                  "predicts_noise(in_pixels(network, transform))");
    return detail::pixel_network<Network>(std::forward<Network>(network), transform);
}

}  // namespace fokker

FOKKER_END_MAY_SHADOW
