/// The noise levels of the flow classes, x = (1 - sigma) x_0 + sigma eps.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/sigma_spacing.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/steps.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/training_table.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// The keys of FlowMatchEulerDiscreteScheduler and FlowMatchLCMScheduler.
inline constexpr auto flow_level_keys = joined(
    std::array{whole("num_train_timesteps", 1000), number("shift", 1.0)}, dynamic_shift_keys(),
    std::array{number_or_null("base_shift", 0.5), number_or_null("max_shift", 1.15),
               whole("base_image_seq_len", 256), whole("max_image_seq_len", 4096),
               flag("invert_sigmas", false), optional_number("shift_terminal")},
    sigma_keys(), sigma_range_keys());

/// The levels of a walk, without the end, and what the network is told of each.
struct flow_level_list {
    std::vector<double> sigmas, labels;
};

/// `steps` levels of the training, whose least one is shifted already.
inline std::vector<double> trained_flow_sigmas(const settings& s, int steps, double shift) {
    const int trained = s.whole("num_train_timesteps");
    s.require_of("num_train_timesteps", trained >= 1, "it must be at least 1");
    s.require_of("shift", s.number("shift") > 0, "it must be positive");
    return evenly_spaced(1.0, flow_shifted(1.0 / trained, shift), steps);
}

/// Throws fokker::error unless they lie in [0, 1] and fall. Roundings beyond 1 are taken back.
inline void require_falling_levels(const settings& s, std::vector<double>& sigmas) {
    for (std::size_t i = 0; i < sigmas.size(); ++i) {
        double& sigma = sigmas[i];
        if (sigma > 1 && sigma < 1 + 1e-12) sigma = 1;
        s.require(sigma >= 0 && sigma <= 1, "the walk has the noise level ", sigma,
                  "; those of a flow lie in [0, 1]");
        s.require(i == 0 || sigma < sigmas[i - 1], "the walk has the noise level ", sigma,
                  " after ", sigmas[i == 0 ? 0 : i - 1], "; they must fall");
    }
}

/// The mu that was given, or the one that pipelines compute of the number of tokens.
inline double mu_of(const settings& s, const timesteps& asked) {
    s.require(!asked.mu || !asked.image_seq_len,
              "mu and image_seq_len were both given; give one of them");
    if (asked.mu) return *asked.mu;
    s.require(asked.image_seq_len.has_value(),
              "use_dynamic_shifting is true, so that the walk needs mu; give it, or image_seq_len");
    s.require(*asked.image_seq_len > 0, "image_seq_len is ", *asked.image_seq_len,
              "; it must be positive");
    const auto low = s.optional_number("base_shift"), high = s.optional_number("max_shift");
    s.require(low && high, "image_seq_len was given, and base_shift or max_shift is null; give mu");
    const int short_one = s.whole("base_image_seq_len"), long_one = s.whole("max_image_seq_len");
    s.require_of("max_image_seq_len", long_one != short_one,
                 "it must be another than base_image_seq_len");
    const double slope = (*high - *low) / (long_one - short_one);
    return *asked.image_seq_len * slope + (*low - slope * short_one);
}

/// The number of steps, which the lists must agree with.
inline int flow_steps(const settings& s, const timesteps& asked) {
    const std::size_t listed = (std::max)(asked.sigmas.size(), asked.timesteps.size());
    if (listed == 0) return steps_asked_for(s, asked, (std::numeric_limits<int>::max)());
    for (const auto* list : {&asked.sigmas, &asked.timesteps})
        s.require(list->empty() || list->size() == listed,
                  "sigmas and timesteps must have the same length");
    s.require(asked.steps == 0 || static_cast<std::size_t>(asked.steps) == listed, "steps is ",
              asked.steps, ", and the lists have ", listed, " entries");
    return static_cast<int>(listed);
}

/// Moved so that the last level is shift_terminal, and 1 stays 1.
inline void stretch_to_terminal(const settings& s, std::vector<double>& sigmas) {
    const double end = s.optional_number("shift_terminal").value_or(0.0);
    s.require_of("shift_terminal", end >= 0 && end < 1, "it must lie in [0, 1)");
    if (end == 0) return;  // as null
    s.require(sigmas.back() < 1,
              "shift_terminal cannot move a walk whose last level is 1; ask for "
              "more steps");
    const double scale = (1 - sigmas.back()) / (1 - end);
    for (double& sigma : sigmas) sigma = 1 - (1 - sigma) / scale;
}

/// What set_timesteps makes of the keys of flow_level_keys, before invert_sigmas: the levels that
/// are given or trained (and then shifted a second time at their end), shifted, stretched, and
/// spaced anew, between sigma_min and sigma_max where the file has them. Timesteps that are
/// given stay the labels as they are.
inline flow_level_list flow_levels_of(const settings& s, const timesteps& asked) {
    require_one_spacing(s);
    const int steps = flow_steps(s, asked), trained = s.whole("num_train_timesteps");
    const bool dynamic = s.flag("use_dynamic_shifting");
    const double shift = s.number("shift");
    std::vector<double> sigmas = trained_flow_sigmas(s, steps, dynamic ? 1.0 : shift);
    if (!asked.sigmas.empty()) {
        sigmas = asked.sigmas;
    } else if (!asked.timesteps.empty()) {
        sigmas = asked.timesteps;
        for (double& sigma : sigmas) sigma /= trained;
    }
    require_falling_levels(s, sigmas);
    if (dynamic) {
        const bool linear = s.is("time_shift_type", "linear");
        const double mu = mu_of(s, asked), weight = linear ? mu : std::exp(mu);
        s.require(!linear || mu > 0, "mu is ", mu,
                  "; with time_shift_type = \"linear\" it must be "
                  "positive");
        for (double& sigma : sigmas) sigma = weight / (weight + (1 / sigma - 1));
    } else {
        for (double& sigma : sigmas) sigma = flow_shifted(sigma, shift);
    }
    stretch_to_terminal(s, sigmas);
    const double most = s.optional_number("sigma_max").value_or(sigmas.front());
    const double least = s.optional_number("sigma_min").value_or(sigmas.back());
    if (s.flag("use_karras_sigmas")) {
        sigmas = detail::karras_levels(most, least, steps);
    } else if (s.flag("use_exponential_sigmas")) {
        s.require(least > 0, "use_exponential_sigmas needs a last level above 0");
        s.require(most > 0, "sigma_max is ", most, "; it must be positive");
        sigmas = detail::exponential_levels(most, least, steps);
    } else if (s.flag("use_beta_sigmas")) {
        sigmas = beta_sigmas(most, least, steps);
    }
    require_falling_levels(s, sigmas);
    std::vector<double> labels = asked.timesteps;
    if (labels.empty())
        for (const double sigma : sigmas) labels.push_back(sigma * trained);
    return {std::move(sigmas), std::move(labels)};
}

/// The knots of a flow's walk, which ends at the data. A step from the level 0, which has no
/// length, begins within a rounding of it.
inline std::vector<knot> flow_knots(const flow_level_list& levels) {
    std::vector<knot> knots;
    for (std::size_t i = 0; i < levels.sigmas.size(); ++i) {
        const double sigma = (std::max)(levels.sigmas[i], 1e-20);
        knots.push_back({levels.labels[i], 1 - sigma, sigma});
    }
    knots.push_back({0.0, 1.0, 0.0});
    return knots;
}

/// x = (1 - sigma) D + sigma z with the sigma of each step's end, and z drawn in the last one, too.
inline linear_steps renewing_steps(const std::vector<double>& sigmas, int first) {
    std::vector<linear_step> rules;
    for (std::size_t i = 0; i < sigmas.size(); ++i) {
        const double next = i + 1 < sigmas.size() ? sigmas[i + 1] : 0.0;
        rules.push_back({.data = 1 - next, .std = next, .draws = true});
    }
    return linear_steps(std::move(rules), first);
}

}  // namespace fokker::diffusers::detail
