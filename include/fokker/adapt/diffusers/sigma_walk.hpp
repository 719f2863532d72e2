/// The walk of the classes that go from one noise level of Karras et al. 2022 to the next, with
/// alpha = 1: Euler, Heun, LMS, KDPM2 and their relatives.
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
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/training_table.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// Where the steps begin: labels and levels of the same number. Then where the last one ends.
struct sigma_levels {
    std::vector<double> labels, sigmas;
    double end = 0.0;
};

/// The training times of the walk, which are also its labels unless the levels are spaced
/// otherwise. "linspace" takes more steps than were trained, too.
inline std::vector<double> sigma_walk_times(const settings& s, const timesteps& asked) {
    const int most = s.is("timestep_spacing", "linspace") ? (std::numeric_limits<int>::max)()
                                                          : s.whole("num_train_timesteps");
    return spaced_times(s, steps_asked_for(s, asked, most), false);
}

/// The times that were given in place of a number of steps. Throws fokker::error where they do not
/// fall.
inline std::vector<double> given_times(const settings& s, const timesteps& asked) {
    s.require(asked.steps == 0, "steps and timesteps were both given; give one of them");
    for (std::size_t i = 1; i < asked.timesteps.size(); ++i)
        s.require(asked.timesteps[i] < asked.timesteps[i - 1], "timesteps has ", asked.timesteps[i],
                  " after ", asked.timesteps[i - 1], "; it must fall");
    return asked.timesteps;
}

/// The ends between which levels are spaced: those of the file, or else those of the walk.
inline std::pair<double, double> sigma_range(const settings& s, double first, double last) {
    const double sigma_max = s.optional_number("sigma_max").value_or(first),
                 sigma_min = s.optional_number("sigma_min").value_or(last);
    s.require(sigma_min > 0 && sigma_min <= sigma_max, "sigma_min is ", sigma_min,
              ", and sigma_max ", sigma_max, "; they must be positive, sigma_min below sigma_max");
    return {sigma_max, sigma_min};
}

inline bool is_spaced_in_sigma(const settings& s) {
    return s.flag("use_karras_sigmas") || s.flag("use_exponential_sigmas") ||
           s.flag("use_beta_sigmas");
}

/// Spaces the levels as the keys of sigma_keys say, between the ends that they have or that the
/// file has (`karras_looks` tells whether Karras's do), and gives them the labels of the training
/// times in whose place they are.
inline sigma_levels spaced_in_sigma(const settings& s, sigma_levels levels,
                                    const std::vector<double>& trained, bool karras_looks = true) {
    if (!is_spaced_in_sigma(s)) return levels;
    const std::pair ends(levels.sigmas.front(), levels.sigmas.back());
    const auto [high, low] = s.flag("use_karras_sigmas") && !karras_looks
                                 ? ends
                                 : sigma_range(s, ends.first, ends.second);
    const auto n = static_cast<int>(levels.labels.size());
    levels.sigmas = s.flag("use_karras_sigmas")        ? detail::karras_levels(high, low, n)
                    : s.flag("use_exponential_sigmas") ? detail::exponential_levels(high, low, n)
                                                       : beta_sigmas(high, low, n);
    levels.labels.clear();
    for (const double sigma : levels.sigmas) levels.labels.push_back(time_of_sigma(sigma, trained));
    return levels;
}

/// The walk of these times, or as the keys of sigma_keys space it, to sigma = 0.
inline sigma_levels sigma_levels_of(const settings& s, std::vector<double> times,
                                    const std::vector<double>& trained, bool karras_looks = true) {
    sigma_levels levels{.labels = std::move(times), .sigmas = {}};
    for (const double t : levels.labels) levels.sigmas.push_back(sigma_at_time(t, trained));
    return spaced_in_sigma(s, std::move(levels), trained, karras_looks);
}

inline std::vector<knot> knots_of(const sigma_levels& levels) {
    std::vector<knot> knots;
    for (std::size_t i = 0; i < levels.labels.size(); ++i)
        knots.push_back(knot_of_sigma(levels.labels[i], levels.sigmas[i]));
    knots.push_back(knot_of_sigma(0.0, levels.end));
    return without_standstill(std::move(knots));
}

/// init_noise_sigma: the first level, or the root of 1 and its square where the spacing is
/// "leading".
inline prior sigma_walk_prior(const settings& s) {
    return s.is("timestep_spacing", "leading") ? prior::unit_data : prior::sigma;
}

/// The path between the levels of a walk: all levels, with the labels of their training times. Its
/// time is log sigma.
struct labelled_levels {
    std::vector<double> trained;

    knot at(double time) const {
        const double sigma = std::exp(time);
        return knot_of_sigma(time_of_sigma(sigma, trained), sigma);
    }
    double time(double lambda) const { return -lambda; }
    double first_time() const { return std::log(trained.front()); }
    double last_time() const { return std::log(trained.back()); }
};

}  // namespace fokker::diffusers::detail
