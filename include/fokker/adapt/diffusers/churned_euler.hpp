/// Euler's steps with the churn of diffusers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <vector>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/steps.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline bool is_churned(const settings& s, const timesteps& asked) {
    const double s_churn = asked.step.s_churn.value_or(0.0);
    s.require(s_churn >= 0, "step.s_churn is ", s_churn, "; it must not be negative");
    return s_churn > 0;
}

/// Karras et al. 2022, Algorithm 2 without the correction, but for one thing: the noise of the
/// churn comes after the network was called. So the network sees the state of the knot s, and its
/// output is read, by `lifted(s, hat)`, as if it had seen that at the lifted knot. `plain(s)` is
/// how the run reads it; `count` is what s_churn is divided by.
inline std::vector<linear_step> churned_euler(const std::vector<knot>& knots, int count,
                                              const timesteps& asked, const auto& plain,
                                              const auto& lifted) {
    const step_options& o = asked.step;
    std::vector<linear_step> rules;
    for (std::size_t i = 0; i + 1 < knots.size(); ++i) {
        const knot& s = knots[i];
        const bool churns = s.sigma >= o.s_tmin.value_or(0.0) &&
                            s.sigma <= o.s_tmax.value_or(std::numeric_limits<double>::infinity());
        const double gamma =
            churns ? (std::min)(*o.s_churn / count, std::numbers::sqrt2 - 1.0) : 0.0;
        const knot hat{s.t, s.alpha, s.sigma * (1.0 + gamma)};
        const double std =
            o.s_noise.value_or(1.0) * std::sqrt(hat.sigma * hat.sigma - s.sigma * s.sigma);
        const double ratio = knots[i + 1].sigma / hat.sigma;
        const detail::mix at_s = plain(s).data, at_hat = lifted(s, hat).data;
        const double change = at_hat.output / at_s.output;
        rules.push_back({.state = ratio + (1.0 - ratio) * (at_hat.state - change * at_s.state),
                         .data = (1.0 - ratio) * change,
                         .std = std * (ratio + (1.0 - ratio) * at_hat.state),
                         .draws = gamma > 0});
    }
    return rules;
}

}  // namespace fokker::diffusers::detail
