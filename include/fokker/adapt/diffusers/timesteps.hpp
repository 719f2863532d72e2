/// What is asked of a scheduler for one walk.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/evenly_spaced.hpp>
#include <fokker/error.hpp>
#include <fokker/path/knot_order.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers {

/// The options of a single step, which a pipeline hands to `step`. One that the class does not have
/// is refused.
struct step_options {
    std::optional<double> eta = {};  ///< DDIM and its relatives (0), TCD (its gamma, 0.3)
    std::optional<bool> use_clipped_model_output = {};  ///< DDIM and its relatives (false)
    std::optional<double> s_churn = {}, s_tmin = {}, s_tmax = {},
                          s_noise = {};  ///< Euler (0, 0, infinity, 1)
    std::optional<int> order = {};       ///< LMS (4)
};

/// The arguments of set_timesteps, and what a pipeline decides beside them. Empty: not given.
struct timesteps {
    int steps = 0;                       ///< num_inference_steps; 0 where a list is given
    std::vector<double> timesteps = {};  ///< the labels themselves, falling
    std::vector<double> sigmas = {};     ///< the noise levels themselves, falling
    /// The shift of flows with use_dynamic_shifting; those without do not look at it, since many
    /// pipelines hand it over always.
    std::optional<double> mu = {};
    /// In place of mu: the tokens of the picture, from which pipelines compute it, by base_shift,
    /// max_shift, base_image_seq_len and max_image_seq_len.
    std::optional<int> image_seq_len = {};
    std::optional<int> original_inference_steps = {};   ///< LCM, TCD (the file's)
    std::optional<double> max_timesteps = {};           ///< SCM (1.5708)
    std::optional<double> intermediate_timesteps = {};  ///< SCM (1.3 of two steps)
    std::optional<int> jump_length = {};                ///< RePaint (10)
    std::optional<int> jump_n_sample = {};              ///< RePaint (10)
    double strength = 1.0;  ///< image to image: the part of the walk in (0, 1]
    step_options step = {};
};

/// The sigmas that pipelines of flows hand to their scheduler in place of a number of steps: 1 to
/// 1 / steps, evenly spaced. Those of Flux, Qwen-Image, LTX, HunyuanVideo and others do; those of
/// Stable Diffusion 3, AuraFlow and Wan do not. Throws fokker::error on a number below 1.
inline std::vector<double> flow_pipeline_sigmas(int steps) {
    fokker::detail::require(steps >= 1, "steps is ", steps, "; a walk has at least one step");
    fokker::detail::require_few_enough("steps", static_cast<std::size_t>(steps));
    return fokker::detail::evenly_spaced(1.0, 1.0 / steps, steps);
}

}  // namespace fokker::diffusers
