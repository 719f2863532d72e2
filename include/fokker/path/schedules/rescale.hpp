/// Discrete schedules made of others: shifted in SNR, or rescaled to end in pure noise.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/schedules/discrete.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// Another table, read between its times as `schedule` is.
inline discrete_schedule with_alpha_bars(const discrete_schedule& schedule,
                                         const std::vector<double>& bars) {
    return discrete_schedule::from_alpha_bars(bars)
        .interpolated(schedule.rule())
        .labelled(schedule.label());
}

}  // namespace detail

/// The SNR divided by `scale` at every time, alpha_bar / (scale + (1 - scale) alpha_bar): Hoogeboom
/// et al. 2023 (simple diffusion), with scale = 3 in Yang et al. 2024 (CogVideoX). More noise for
/// scale > 1. Throws fokker::error on a scale that is not positive.
inline discrete_schedule snr_shifted(const discrete_schedule& schedule, double scale = 3.0) {
    detail::require(scale > 0 && detail::is_finite(scale), "scale is ", scale,
                    "; it must be positive and finite");
    std::vector<double> bars;
    for (int t = 0; t < schedule.steps(); ++t) {
        const knot k = schedule.at(t);
        const double bar = k.alpha * k.alpha;
        bars.push_back(bar / (bar + scale * k.sigma * k.sigma));
    }
    return detail::with_alpha_bars(schedule, bars);
}

/// What alpha_bar is at the last time: 0, or 2^-24 as diffusers has it for its solvers in sigma, so
/// that sigma / alpha is 4096. (On a schedule that ends as low as `linear_schedule` does, that is
/// less noise than one time earlier, and is refused.)
enum class terminal_snr { zero, diffusers };

/// sqrt(alpha_bar) shifted and scaled so that it ends at 0 and begins where it did: Lin et al.
/// 2024, Algorithm 1. The network must have been trained so, and must not predict the noise: at the
/// last time x says nothing of the data. Throws fokker::error on a schedule of a single step.
inline discrete_schedule zero_terminal_snr(const discrete_schedule& schedule,
                                           terminal_snr last = terminal_snr::zero) {
    const int steps = schedule.steps();
    detail::require(steps >= 2,
                    "the schedule has one training step; zero_terminal_snr needs at "
                    "least two, as the first stays where it is");
    const double first_alpha = schedule.at(0.0).alpha;
    const double last_alpha = schedule.at(steps - 1.0).alpha;
    std::vector<double> bars;
    for (int t = 0; t < steps; ++t) {
        const double alpha =
            (schedule.at(t).alpha - last_alpha) * (first_alpha / (first_alpha - last_alpha));
        bars.push_back(alpha * alpha);
    }
    bars.back() = last == terminal_snr::zero ? 0.0 : std::ldexp(1.0, -24);
    const double before = bars[bars.size() - 2];
    detail::require(bars.back() < before, "terminal_snr::diffusers puts ", bars.back(),
                    " after an alpha_bar of ", before,
                    ", so that noise would fall; take terminal_snr::zero with this schedule");
    return detail::with_alpha_bars(schedule, bars);
}

}  // namespace fokker
