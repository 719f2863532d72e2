/// One walk of a scheduler in Fokker's parts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/repainting.hpp>
#include <fokker/any_solver.hpp>
#include <fokker/model/bounds.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers {

/// What bounds the data prediction: nothing, clip_sample or thresholding.
using bounds = std::variant<std::monostate, detail::fixed_bounds, detail::dynamic_threshold>;

/// The steps' noise where it is that of torchsde's tree: see torchsde_tree. Without a seed it has
/// that of the generator that the initial noise comes from.
struct tree_noise {
    std::optional<std::uint64_t> seed;
    double sigma_min, sigma_max;
    std::vector<double> levels;  ///< those of the walk
};

/// What `sample` walks with, for those who want other noise, guidance, a known region or
/// checkpoints: `sample(x, p.model(network), p.knots, p.solver, ..)`. (`model` gives one of three
/// types, so it takes what is to be done with it.)
struct plan {
    grid knots;         ///< with its prior: init_noise_sigma
    any_solver solver;  ///< with its options
    convention reads;   ///< what the network is called with, and what it says
    bounds bounded = {};
    bool whole_labels = true;  ///< whether the original hands over integers
    std::optional<tree_noise> tree = {};
    second_output second = second_output::unspecified;  ///< what the network's second output is

    bool takes_two_labels = false;  ///< whether the network is one of two knots: see flow_map

    /// What `repaint` needs beside the known region; of RePaintScheduler alone.
    std::shared_ptr<const detail::repaint_rules> repaints = nullptr;

    /// Calls f with the model around this network, and returns what f returns.
    template <class Network, class F>
    decltype(auto) with_model(Network&& network, F&& f) const {
        fokker::model<Network, convention> plain{std::forward<Network>(network), reads, second};
        if (const auto* fixed = std::get_if<detail::fixed_bounds>(&bounded))
            return f(std::move(plain).clipped(fixed->low, fixed->high, fixed->noise));
        if (const auto* threshold = std::get_if<detail::dynamic_threshold>(&bounded))
            // Not thresholded(..), which refuses a largest threshold below 1.
            return f(fokker::model<Network, convention, detail::dynamic_threshold>{
                std::forward<Network>(plain.network), reads, second, *threshold});
        return f(std::move(plain));
    }
};

}  // namespace fokker::diffusers
