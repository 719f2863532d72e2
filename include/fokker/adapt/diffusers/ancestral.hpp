/// The ancestral step of DDPM, with variances that are known or learned.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/steps.hpp>
#include <fokker/any_solver.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/solver/second_variance.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// The mean state x + data D of q(x_next | x, D), its variance, and that of the forward process. Ho
/// et al. 2020, eq. 7. The variance is no less than 1e-20.
struct ancestral_step {
    double state, data, variance, beta;
    bool draws;

    ancestral_step(double bar, double next, bool draws_noise) : draws(draws_noise) {
        const double alpha = bar / next;
        beta = 1 - alpha;
        state = std::sqrt(alpha) * (1 - next) / (1 - bar);
        data = std::sqrt(next) * beta / (1 - bar);
        variance = (std::max)((1 - next) / (1 - bar) * beta, 1e-20);
    }
};

/// What the second output of a network is with this variance_type.
inline second_output learned_output(const settings& s) {
    if (s.is("variance_type", "learned")) return second_output::variance;
    if (s.is("variance_type", "learned_range")) return second_output::variance_range;
    return second_output::unspecified;
}

/// A walk of them with the network's variances, as `ddpm_learned`; but the original draws noise in
/// its last step, too, unless that begins at time 0. Step i of the whole walk is steps[i].
struct learned_steps {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    std::shared_ptr<const std::vector<ancestral_step>> steps;
    int first = 0;  ///< the first step of the walk's part, counted in the whole

    explicit learned_steps(std::vector<ancestral_step> all, int from = 0)
        : steps(std::make_shared<const std::vector<ancestral_step>>(std::move(all))), first(from) {}

    bool stochastic() const { return true; }
    bool reads(second_output kind) const { return detail::tells_step_variance(kind); }
    void check(const grid& walk) const { check_length(steps->size(), first, walk); }

    void step(auto& run) const {
        const ancestral_step& c = (*steps)[static_cast<std::size_t>(first + run.index())];
        auto x = run.x();
        const auto mean = c.state * x + c.data * run.data(x, run.interval().first);
        if (c.draws)
            x = mean + detail::gaussian_of(
                           run, detail::learned_second_variance(
                                    run.second_kind(), std::sqrt(c.variance), std::sqrt(c.beta)));
        else
            x = mean;
    }
};

/// The solver of a walk of them with the variance_type of the file.
inline any_solver ancestral_solver(const settings& s, std::vector<ancestral_step> steps,
                                   int first) {
    if (learned_output(s) != second_output::unspecified)
        return learned_steps(std::move(steps), first);
    std::vector<linear_step> rules;
    for (const ancestral_step& each : steps) {
        const double variance = s.is("variance_type", "fixed_large") ? each.beta : each.variance;
        rules.push_back({.state = each.state,
                         .data = each.data,
                         .std = std::sqrt(variance),
                         .draws = each.draws});
    }
    return linear_steps(std::move(rules), first);
}

}  // namespace fokker::diffusers::detail

FOKKER_END_MAY_SHADOW
