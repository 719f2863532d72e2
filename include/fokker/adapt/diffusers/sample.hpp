/// What a pipeline of diffusers does with its scheduler.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/repainting.hpp>
#include <fokker/adapt/diffusers/scheduler.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/known_region.hpp>
#include <fokker/model/network.hpp>
#include <fokker/noise/prior_and_steps.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/noise/torchsde_tree.hpp>
#include <fokker/sample.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers {

namespace detail {

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
    template <class X, class Out>
        requires std::is_invocable_v<Network&, const X&, std::int64_t, Out&, Out&>
    void operator()(const X& x, double t, Out& out, Out& second) {
        std::invoke(network, x, static_cast<std::int64_t>(t), out, second);
    }
};

/// The network as a run calls it. Throws fokker::error where it takes an integer and the labels are
/// none.
template <class X, class Network>
decltype(auto) called_with_labels(Network&& network, const plan& walk, bool repaints = false) {
    detail::require((walk.repaints != nullptr) == repaints,
                    repaints
                        ? "repaint is for RePaintScheduler; give a model of this plan a known "
                          "region by with_known_region(..)"
                        : "RePaintScheduler needs the known picture and its mask: use repaint");
    using function = std::remove_reference_t<Network>;
    detail::require(
        !walk.takes_two_labels || fokker::detail::is_flow_map<function>,
        "the networks of this scheduler are handed two labels, those of a step's beginning and of "
        "its end; write yours as f(x, from, to, out) and pass fokker::flow_map(f)");
    static_assert(!detail::is_model<std::remove_cv_t<function>>,
                  "fokker: the scheduler says what the network predicts, so pass the network "
                  "itself, not predicts_noise(network)");
    using state = std::remove_cvref_t<X>;
    using owned = detail::owner_of<X>;
    if constexpr (detail::takes_integer_time<function, state, owned>) {
        detail::require(walk.whole_labels,
                        "the network takes the time as an integer, and this scheduler's labels are "
                        "no integers; take a double");
        return integer_labelled<Network>{std::forward<Network>(network)};
    } else {
        return std::forward<Network>(network);
    }
}

/// A noise source that knows its seed, as torch_cpu does.
template <class Noise>
concept knows_its_seed = noise_source<std::remove_cvref_t<Noise>> && requires(const Noise& noise) {
    { noise.initial_seed() } -> std::same_as<std::uint64_t>;
};

}  // namespace detail

/// Calls f with the noise of the walk: the one that was given, or that for the prior and torchsde's
/// tree for the steps. Throws fokker::error where the walk needs the tree and the source is none of
/// torch's.
template <class Noise, class F>
decltype(auto) with_noise(const plan& walk, Noise&& noise, const F& f) {
    if constexpr (detail::knows_its_seed<Noise>) {
        if (const auto& tree = walk.tree)
            return f(
                prior_and_steps(std::forward<Noise>(noise),
                                torchsde_tree(tree->seed.value_or(noise.initial_seed()),
                                              tree->sigma_min, tree->sigma_max, tree->levels)));
    } else {
        detail::require(!walk.tree,
                        "the steps of this scheduler draw from torchsde's tree; give it the noise "
                        "of a torch generator, such as fokker::torch_cpu(11), or walk with the "
                        "parts of plan(..) and a source of your own");
    }
    return f(std::forward<Noise>(noise));
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
        detail::called_with_labels<X>(std::forward<Network>(network), walk), [&](auto model) {
            return diffusers::with_noise(walk, std::forward<Noise>(noise), [&](auto&& source) {
                return fokker::sample(std::forward<X>(x), std::move(model), walk.knots, walk.solver,
                                      std::forward<decltype(source)>(source),
                                      std::forward<Observers>(observers)...);
            });
        });
}

/// Image to image: x holds clean data, which gets the noise of the walk's part that
/// `asked.strength` leaves, and is denoised. The arguments, errors and result are those of
/// `sample`.
template <class X, class Network, noise_or_engine Noise, class... Observers>
report edit(X&& x, Network&& network, const scheduler& from, const timesteps& asked, Noise&& noise,
            Observers&&... observers) {
    const plan walk = from.plan(asked);
    detail::require(walk.reads.predicts != output::flow_to_data,
                    "invert_sigmas is true, where the original gives the picture the noise of the "
                    "other end; there is no image to image");
    return walk.with_model(
        detail::called_with_labels<X>(std::forward<Network>(network), walk), [&](auto model) {
            return diffusers::with_noise(walk, std::forward<Noise>(noise), [&](auto&& source) {
                return fokker::edit(std::forward<X>(x), std::move(model), walk.knots, walk.solver,
                                    std::forward<decltype(source)>(source),
                                    std::forward<Observers>(observers)...);
            });
        });
}

/// Inpainting with RePaintScheduler: x is filled with noise and denoised, and in each step the part
/// that is known is drawn anew from the known picture.
///   known     x_0 where it is known, and any finite number elsewhere
///   mask      1 where it is known, 0 where it is not, or in between; both have the shape of x or
///             of one sample, and lie in the memory of the host
///   asked     such as {.steps = 250, .jump_length = 10, .jump_n_sample = 10}
/// The other arguments, errors and the result are those of `sample`, and the steps back to more
/// noise count as steps.
template <class X, class Network, array_like Known, array_like Mask, noise_or_engine Noise,
          class... Observers>
report repaint(X&& x, Network&& network, const Known& known, const Mask& mask,
               const scheduler& from, const timesteps& asked, Noise&& noise,
               Observers&&... observers) {
    const plan walk = from.plan(asked);
    auto&& called = detail::called_with_labels<X>(std::forward<Network>(network), walk, true);
    detail::require_known_region(known, mask);
    detail::require_region_fits(detail::shape_of(known), detail::shape_of(x), "x0");
    detail::require_region_fits(detail::shape_of(mask), detail::shape_of(x), "mask");
    detail::require_region_apart(known, x, "x0");
    detail::require_region_apart(mask, x, "mask");
    detail::repainting_network<std::remove_reference_t<decltype(called)>&, Known, Mask> around{
        called, known, mask, *walk.repaints};
    return walk.with_model(around, [&](auto model) {
        return fokker::sample(std::forward<X>(x), std::move(model), walk.knots, walk.solver,
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
        detail::called_with_labels<X>(std::forward<Network>(network), walk), [&](auto model) {
            const auto go = [&](auto&&... more) {
                return fokker::denoise(std::forward<X>(x), std::move(model), walk.knots,
                                       walk.solver, std::forward<decltype(more)>(more)...);
            };
            if constexpr (detail::noise_comes_first<Extras...>) {
                const auto with_first = [&](auto&& noise, auto&&... observers) {
                    return diffusers::with_noise(
                        walk, std::forward<decltype(noise)>(noise), [&](auto&& source) {
                            return go(std::forward<decltype(source)>(source),
                                      std::forward<decltype(observers)>(observers)...);
                        });
                };
                return with_first(std::forward<Extras>(extras)...);
            } else {
                return go(std::forward<Extras>(extras)...);
            }
        });
}

}  // namespace fokker::diffusers
