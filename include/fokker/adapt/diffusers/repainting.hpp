/// The steps of RePaint: a network around the network that tells each step's end, element by
/// element, and a solver that draws it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/core/memory.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/known_region.hpp>
#include <fokker/model/network.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// What a step at one time computes with: the scales at its beginning and at its end, what counts
/// of eps_hat there, and the noise of the unknown part.
struct repaint_rule {
    double alpha = 1.0, sigma = 0.0, next_alpha = 1.0, next_sigma = 0.0;
    double along = 0.0, std = 0.0;
};

struct repaint_rules {
    std::vector<repaint_rule> of_time;
    bool clips = true;
};

/// x becomes what the network tells, and noise of the variance that it tells. A draw in each step.
struct repaint_steps {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    bool stochastic() const { return true; }
    bool reads(second_output kind) const { return kind == second_output::variance; }

    void step(auto& run) const {
        auto x = run.x();
        const auto mean = run.data(x, run.interval().first);
        x = mean + run.gaussian_with_variance(0.0, run.second());
    }
};

/// Tells the mean of a step's end, and its variance: in the known part those of q(x_next | x_0), in
/// the rest those of DDIM's step. One noise serves both, as in the original.
template <class Network, class Known, class Mask>
struct repainting_network {
    Network network;
    const Known& known;
    const Mask& mask;
    const repaint_rules& rules;

    void begin_walk() { detail::begin_walk(network); }
    template <class Archive>
    void memory(Archive& archive)
        requires core::keeps_memory<std::remove_reference_t<Network>>
    {
        core::visit_memory(network, archive);
    }

    template <class X, class Out>
    void operator()(const X& x, const knot& k, Out& out, Out& second) {
        static_assert(std::is_same_v<core::space_of<X>, core::host_space<detail::scalar_of<X>>>,
                      "fokker: repaint reads the elements of x, which must lie in the memory of "
                      "the host");
        detail::call_network(network, x, k, k.t, out);
        const repaint_rule& r = rules.of_time[static_cast<std::size_t>(k.t)];
        const auto* const state = detail::data_of(x);
        const auto* const x0 = detail::data_of(known);
        const auto* const part = detail::data_of(mask);
        auto* const mean = detail::data_of(out);
        auto* const variance = detail::data_of(second);
        const std::size_t size = detail::shape_of(x).size(), all = detail::shape_of(known).size(),
                          masked = detail::shape_of(mask).size();
        using T = detail::scalar_of<Out>;
        for (std::size_t i = 0; i < size; ++i) {
            const auto eps = static_cast<double>(mean[i]);
            const auto m = static_cast<double>(part[i % masked]);
            double D = (static_cast<double>(state[i]) - r.sigma * eps) / r.alpha;
            if (rules.clips) D = std::clamp(D, -1.0, 1.0);
            const double std = m * r.next_sigma + (1 - m) * r.std;
            mean[i] = static_cast<T>(m * r.next_alpha * static_cast<double>(x0[i % all]) +
                                     (1 - m) * (r.next_alpha * D + r.along * eps));
            variance[i] = static_cast<T>(std * std);
        }
    }
};

}  // namespace fokker::diffusers::detail
