/// What the variational bound computes of one step before the network is called.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/forward/bound_options.hpp>
#include <fokker/forward/reverse_variance.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/moments/data_variance.hpp>
#include <fokker/moments/moments.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/solver/second_variance.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Where the variances of a step come from: one number for all elements, a map of moments, or the
/// network's second output.
enum class variance_source { number, map, second };

/// A step: how much of the data its mean takes, and its variance in truth and in the model. Where
/// each element has its own, `variance` stands for those that are 0.
struct bound_step {
    double weight, known, variance;
    variance_source source = variance_source::number;
    second_variance second{};
};

/// Of the data: the elements of a sample. Of the network: what the model says that its second
/// output is, and what it is.
struct bound_facts {
    std::size_t elements;
    second_output said, second;
};

inline void check_variance(double variance, int step, const knot& noisy, const knot& clean,
                           const char* fix = "a variance must be positive and finite") {
    require(is_finite(variance) && variance > 0, "the variance of step ", step,
            ", from t = ", noisy.t, " to t = ", clean.t, ", is ", variance, "; ", fix);
}

/// Where the variances come from. Throws fokker::error if it does not serve this walk, these data
/// or this network.
inline variance_source checked_source(const reverse_variance& variance, const grid& walk,
                                      const bound_facts& facts) {
    const auto check = [&](const auto& reader) {
        detail::check_second_output(reader, facts.said, facts.second, "this variance of the bound",
                                    "f(x, t, out, second), and in no other form");
        return variance_source::second;
    };
    if (const auto* const learned = variance.as<learned_variance>()) return check(*learned);
    if (const auto* const extended = variance.as<extended_optimal_variance>()) {
        require_data_radius(extended->data_radius, walk.front());
        return check(*extended);
    }
    const auto* const optimal = variance.as<optimal_variance>();
    if (optimal == nullptr) return variance_source::number;
    require_data_radius(optimal->data_radius, walk.front());
    const moments& gamma = optimal->gamma;
    gamma.check();
    if (gamma.values() == 1) return variance_source::number;
    require(gamma.values() == facts.elements, "the moments are a map of ", gamma.values(),
            " values a knot, and the data have samples of ", facts.elements,
            " elements; measure them on samples of that size, or take moments::mean()");
    for (int i = 0; i < walk.steps(); ++i)
        gamma.require_measured(walk[static_cast<std::size_t>(i)], "the bound");
    return variance_source::map;
}

/// Step i, and `before` the posterior variance of the one before; 0: there is none.
inline bound_step plan_step(const grid& walk, int i, double before, variance_source source,
                            const bound_options& options, const bound_facts& facts) {
    constexpr const char* no_step_before =
        "set decoder_variance, for there is no step before to take it from";
    const knot &noisy = walk[static_cast<std::size_t>(i)],
               &clean = walk[static_cast<std::size_t>(i) + 1];
    const bool last = i + 1 == walk.steps();
    const posterior q = posterior_between(clean, noisy);
    bound_step step{q.data, q.std * q.std, 0.0};
    if (last && options.decoder_variance > 0) {
        step.variance = options.decoder_variance;
        return step;
    }
    if (source == variance_source::number) {
        step.variance = options.variance(noisy, clean);
        if (!last)
            check_variance(step.variance, i, noisy, clean);
        else if (is_finite(step.variance) && step.variance == 0 && i > 0)
            step.variance = before;
        if (last) check_variance(step.variance, i, noisy, clean, no_step_before);
        return step;
    }
    step.source = source;
    if (last)
        step.variance = before;
    else
        check_variance(step.known, i, noisy, clean);
    if (source == variance_source::map) {
        if (!last || before > 0) return step;
        std::vector<double> map(facts.elements);
        options.variance.as<optimal_variance>()->write(noisy, clean, map);
        check_variance(*std::min_element(map.begin(), map.end()), i, noisy, clean, no_step_before);
    } else if (const auto* const extended = options.variance.as<extended_optimal_variance>()) {
        step.second = optimal_second_variance(facts.second, noisy, q, extended->data_radius);
    } else {
        if (last && facts.second == second_output::variance_range)
            check_variance(before, i, noisy, clean, no_step_before);
        step.second = learned_second_variance(facts.second, last ? std::sqrt(before) : q.std,
                                              transition_between(clean, noisy).std);
        // One below 0 is refused, not held to it.
        step.second.limits.low = std::numeric_limits<double>::lowest();
    }
    return step;
}

}  // namespace fokker::detail
