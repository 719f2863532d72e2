/// What a pipeline of diffusers does with its scheduler.
#pragma once

#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/scheduler.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/network.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/sample.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers {

/// A network that takes the label as an integer.
template <class Network>
struct integer_labelled {
    Network network;

    template <class X, class Out>
    void operator()(const X& x, double t, Out& out) {
        if constexpr (std::is_invocable_v<Network&, const X&, std::int64_t, Out&>)
            std::invoke(network, x, static_cast<std::int64_t>(t), out);
        else
            out = std::invoke(network, x, static_cast<std::int64_t>(t));
    }
};

/// The network as a run calls it. Throws fokker::error where it takes an integer and the labels are
/// none.
template <class X, class Network>
decltype(auto) called_with_labels(Network&& network, const plan& walk) {
    using function = std::remove_reference_t<Network>;
    using state = std::remove_cvref_t<X>;
    if constexpr (detail::takes_integer_time<function, state, detail::owner_of<X>>) {
        detail::require(walk.whole_labels,
                        "the network takes the time as an integer, and this scheduler's labels are "
                        "no integers; take a double");
        return integer_labelled<Network>{std::forward<Network>(network)};
    } else {
        return std::forward<Network>(network);
    }
}

/// What a pipeline does: x is filled with the scheduler's initial noise and denoised in all steps,
/// with the original's draws in the original's order.
///   x          any array (see array_traits): the latents or the pixels
///   network    f(x, t, out), or out = f(x, t), with t the label as the original hands it over
///   from       such as scheduler(nlohmann::json::parse(file))
///   asked      such as {.steps = 20}
///   noise      torch_cpu(seed) for the numbers of a torch.Generator, or any other source
///   observers  callables that look on after each step
/// Throws fokker::error on misuse before any network call. Returns the steps and calls done.
template <class X, class Network, noise_or_engine Noise, class... Observers>
report sample(X&& x, Network&& network, const scheduler& from, const timesteps& asked,
              Noise&& noise, Observers&&... observers) {
    const plan walk = from.plan(asked);
    return walk.with_model(
        diffusers::called_with_labels<X>(std::forward<Network>(network), walk), [&](auto model) {
            return fokker::sample(std::forward<X>(x), std::move(model), walk.knots, walk.solver,
                                  std::forward<Noise>(noise),
                                  std::forward<Observers>(observers)...);
        });
}

/// Image to image: x holds clean data, which gets the noise of the walk's part that
/// `asked.strength` leaves, and is denoised. The arguments, errors and result are those of
/// `sample`.
template <class X, class Network, noise_or_engine Noise, class... Observers>
report edit(X&& x, Network&& network, const scheduler& from, const timesteps& asked, Noise&& noise,
            Observers&&... observers) {
    const plan walk = from.plan(asked);
    return walk.with_model(
        diffusers::called_with_labels<X>(std::forward<Network>(network), walk), [&](auto model) {
            return fokker::edit(std::forward<X>(x), std::move(model), walk.knots, walk.solver,
                                std::forward<Noise>(noise), std::forward<Observers>(observers)...);
        });
}

/// Walks on from x as it is: from data to noise with the classes that invert, or with noise of
/// one's own. `extras` are a noise source, where the steps draw, and observers. The other
/// arguments, errors and the result are those of `sample`.
template <class X, class Network, class... Extras>
report denoise(X&& x, Network&& network, const scheduler& from, const timesteps& asked,
               Extras&&... extras) {
    const plan walk = from.plan(asked);
    return walk.with_model(
        called_with_labels<X>(std::forward<Network>(network), walk), [&](auto model) {
            return fokker::denoise(std::forward<X>(x), std::move(model), walk.knots, walk.solver,
                                   std::forward<Extras>(extras)...);
        });
}

}  // namespace fokker::diffusers
