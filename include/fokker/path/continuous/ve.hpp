/// The paths with alpha = 1: noise is added, and nothing is scaled.
#pragma once

#include <cmath>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Variance-exploding, sigma(t) = sigma_min (sigma_max / sigma_min)^t, alpha = 1, t in [0, 1]: Song
/// et al. 2021, eq. 30-31. The label is t.
struct ve_path {
    double sigma_min = 0.01;
    double sigma_max = 50.0;

    static constexpr prior starts_from() { return prior::sigma; }
    double first_time() const { return 0.0; }
    double last_time() const { return 1.0; }

    /// Throws fokker::error on a t that is not finite.
    knot at(double t) const {
        detail::require(detail::is_finite(t), "time ", t, " is not finite");
        detail::require(sigma_min > 0 && sigma_max > sigma_min && detail::is_finite(sigma_max),
                        "sigma goes from ", sigma_max, " to ", sigma_min,
                        "; 0 < sigma_min < sigma_max, both finite");
        return {t, 1.0, sigma_min * std::pow(sigma_max / sigma_min, t)};
    }

    double time(double lambda) const {
        return (-lambda - std::log(sigma_min)) / std::log(sigma_max / sigma_min);
    }
};

/// alpha = 1, sigma = t: Karras et al. 2022 (EDM). The label is sigma; `edm_preconditioned` turns
/// it into the network's own ln(sigma) / 4.
struct edm_path {
    double sigma_min = 0.002;
    double sigma_max = 80.0;

    static constexpr prior starts_from() { return prior::sigma; }
    double first_time() const { return sigma_min; }
    double last_time() const { return sigma_max; }

    /// Throws fokker::error on t < 0.
    knot at(double t) const {
        detail::require(detail::is_finite(t) && t >= 0, "time ", t,
                        " is outside of this path; t is sigma >= 0");
        return {t, 1.0, t};
    }
    double time(double lambda) const { return std::exp(-lambda); }
};

}  // namespace fokker
