/// Noise levels that are spaced otherwise than the training times, and their labels. A level is
/// sigma of Karras et al. 2022; lists fall from sigma_max to sigma_min.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/training_table.hpp>
#include <fokker/adapt/evenly_spaced.hpp>
#include <fokker/path/grids/inverse_beta.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// Lee et al. 2024: at the quantiles of Beta(0.6, 0.6).
inline std::vector<double> beta_sigmas(double sigma_max, double sigma_min, int n) {
    std::vector<double> all = evenly_spaced(1.0, 0.0, n);
    for (double& sigma : all)
        sigma =
            sigma_min + (sigma_max - sigma_min) * detail::inverse_incomplete_beta(sigma, 0.6, 0.6);
    return all;
}

/// A flow's level after its shift, where so much more noise is needed to hide as much: Esser et al.
/// 2024, eq. 23.
inline double flow_shifted(double sigma, double shift) {
    return shift * sigma / (1 + (shift - 1) * sigma);
}

/// Throws fokker::error where more than one of the keys is set that say how the levels are spaced.
inline void require_one_spacing(const settings& s) {
    const int set =
        s.flag("use_karras_sigmas") + s.flag("use_exponential_sigmas") + s.flag("use_beta_sigmas");
    s.require(set <= 1,
              "use_karras_sigmas, use_exponential_sigmas and use_beta_sigmas exclude each other");
}

/// The training time of a level: linear in log sigma between two of them, and held to the table.
inline double time_of_sigma(double sigma, const std::vector<double>& trained) {
    const double wanted = std::log((std::max)(sigma, 1e-10));
    // The last one that is not above, as the last of all may be below those before it where the
    // training ends in noise; in float, as the original has their logarithms.
    const auto above = std::find_if(trained.rbegin(), trained.rend(), [&](double each) {
        return static_cast<double>(static_cast<float>(std::log(each))) <= wanted;
    });
    const auto low = std::clamp<std::ptrdiff_t>(trained.rend() - above - 1, 0,
                                                static_cast<std::ptrdiff_t>(trained.size()) - 2);
    const double a = std::log(trained[static_cast<std::size_t>(low)]),
                 b = std::log(trained[static_cast<std::size_t>(low) + 1]);
    return static_cast<double>(low) + std::clamp((a - wanted) / (a - b), 0.0, 1.0);
}

/// The level at a training time: linear in sigma between two of them, and held to the table.
inline double sigma_at_time(double t, const std::vector<double>& trained) {
    const double last = static_cast<double>(trained.size()) - 1;
    t = std::clamp(t, 0.0, last);
    const auto low = static_cast<std::size_t>((std::min)(t, last - 1));
    const double part = t - static_cast<double>(low);
    return trained[low] + part * (trained[low + 1] - trained[low]);
}

}  // namespace fokker::diffusers::detail
