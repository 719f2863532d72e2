/// The variance of a step in every element, from the network's second output: the one arithmetic of
/// the samplers that read one and of the variational bound.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/squared.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// With the second output d and the noise prediction eps_hat of an element: constant + slope d
/// (plain) or constant + slope (d - eps_hat^2) (excess), held to the limits, or exp(constant +
/// slope d) (logarithm).
struct second_variance {
    kernel::variance_form form = kernel::variance_form::plain;
    double constant = 0.0, slope = 1.0;
    kernel::variance_limits limits{};

    double at(double d, double eps_hat) const {
        if (form == kernel::variance_form::logarithm) return std::exp(constant + slope * d);
        const double excess = form == kernel::variance_form::excess ? d - eps_hat * eps_hat : d;
        return std::clamp(constant + slope * excess, limits.low, limits.high);
    }
};

/// Whether it tells the variance of x_0 given x_t: Bao et al. 2022 (Extended-Analytic-DPM).
constexpr bool tells_data_variance(second_output kind) {
    return kind == second_output::residual_squared || kind == second_output::noise_squared;
}

/// Whether it tells the variance of the step itself: Nichol & Dhariwal 2021.
constexpr bool tells_step_variance(second_output kind) {
    return kind == second_output::variance || kind == second_output::log_variance ||
           kind == second_output::variance_range;
}

/// The optimal one, of a step that draws x_0 with the weight and the standard deviation of `q`:
/// std^2 + w^2 Var(x_0 | x_t), with Var held to [0, data_radius^2] and all of it to `largest`,
/// which is no less than std^2.
inline second_variance optimal_second_variance(
    second_output kind, const knot& noisy, const posterior& q, double data_radius,
    double largest = std::numeric_limits<double>::infinity()) {
    const double known = q.std * q.std, weight = q.data * q.data;
    const kernel::variance_limits limits{
        known, (std::min)(known + weight * data_radius * data_radius, largest)};
    if (noisy.alpha == 0)  // x_t says nothing about x_0
        return {kernel::variance_form::plain, limits.high, 0.0, limits};
    return {kind == second_output::noise_squared ? kernel::variance_form::excess
                                                 : kernel::variance_form::plain,
            known, weight / noisy.signal_to_noise_squared(), limits};
}

/// The learned one: that which the network tells, or, as variance_range, one between the squares of
/// these. Nichol & Dhariwal 2021, eq. 15.
inline second_variance learned_second_variance(second_output kind, double smallest_std,
                                               double largest_std) {
    if (kind == second_output::variance) return {};
    if (kind == second_output::log_variance) return {kernel::variance_form::logarithm};
    const double log_min = 2 * std::log(smallest_std), log_max = 2 * std::log(largest_std);
    return {kernel::variance_form::logarithm, (log_max + log_min) / 2, (log_max - log_min) / 2};
}

/// A fresh Gaussian of a run with this variance.
auto gaussian_of(auto& run, const second_variance& v) {
    if (v.form == kernel::variance_form::logarithm)
        return run.gaussian_with_log_variance(v.constant, v.slope * run.second());
    if (v.form == kernel::variance_form::excess)
        return run.gaussian_with_variance(
            v.constant, v.slope * (run.second() - squared(run.unbounded_epsilon())), v.limits);
    return run.gaussian_with_variance(v.constant, v.slope * run.second(), v.limits);
}

}  // namespace fokker::detail
