/// Loss weights: by how much the squared error of a network's output counts at a knot. The
/// signal-to-noise ratio is SNR = alpha^2 / sigma^2 = knot::signal_to_noise_squared(). None of the
/// functions divides by zero at an end of the path: each gives the limit there, or refuses.
#pragma once

#include <algorithm>
#include <cmath>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/forward/checks.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

inline void require_gamma(double gamma) {
    require(is_finite(gamma) && gamma > 0, "min-SNR gamma is ", gamma,
            "; it must be positive and finite (5 in the paper)");
}

/// alpha^2 and gamma sigma^2, whose order tells min(SNR, gamma).
struct min_snr_pair {
    double signal, bound;
};

inline min_snr_pair min_snr(const knot& k, double gamma) {
    require_gamma(gamma);
    require_knot(k);
    return {k.alpha * k.alpha, gamma * (k.sigma * k.sigma)};
}

}  // namespace detail

/// Min-SNR-gamma for a network that predicts noise: min(SNR, gamma) / SNR. Hang et al. 2023.
/// Throws fokker::error unless gamma > 0.
inline double min_snr_noise_weight(const knot& k, double gamma = 5.0) {
    const auto [signal, bound] = detail::min_snr(k, gamma);
    return signal > bound ? bound / signal : 1.0;
}

/// Min-SNR-gamma for a network that predicts data: min(SNR, gamma). Hang et al. 2023. Throws
/// fokker::error unless gamma > 0.
inline double min_snr_data_weight(const knot& k, double gamma = 5.0) {
    const auto [signal, bound] = detail::min_snr(k, gamma);
    return signal > bound ? gamma : k.signal_to_noise_squared();
}

/// Min-SNR-gamma for a network that predicts velocity on a variance-preserving path:
/// min(SNR, gamma) / (SNR + 1). Hang et al. 2023. Throws fokker::error unless gamma > 0.
inline double min_snr_velocity_weight(const knot& k, double gamma = 5.0) {
    const auto [signal, bound] = detail::min_snr(k, gamma);
    return (std::min)(signal, bound) / (signal + k.sigma * k.sigma);
}

/// P2 for a network that predicts noise: 1 / (offset + SNR)^gamma. Choi et al. 2022, over that
/// of the simple loss. 0 at sigma = 0; gamma = 0 is the simple loss. Throws fokker::error
/// unless gamma >= 0 and offset > 0.
inline double p2_noise_weight(const knot& k, double gamma = 1.0, double offset = 1.0) {
    detail::require(detail::is_finite(gamma) && gamma >= 0, "P2 gamma is ", gamma,
                    "; it must be finite and not negative (0.5 or 1 in the paper)");
    detail::require(detail::is_finite(offset) && offset > 0, "P2 offset is ", offset,
                    "; it must be positive and finite (1 in the paper)");
    detail::require_knot(k);
    if (gamma == 0) return 1.0;
    const double noise = k.sigma * k.sigma;
    return std::pow(noise / (offset * noise + k.alpha * k.alpha), gamma);
}

/// EDM's weight of the error of the data prediction, (s^2 + sigma_data^2) / (s sigma_data)^2 with
/// s = sigma / alpha: that of the raw network is 1. Karras et al. 2022, table 1. Throws
/// fokker::error unless sigma > 0 and sigma_data > 0.
inline double edm_data_weight(const knot& k, double sigma_data = 0.5) {
    detail::require(detail::is_finite(sigma_data) && sigma_data > 0, "sigma_data is ", sigma_data,
                    "; it must be positive and finite");
    detail::require_knot(k);
    detail::require(k.sigma > 0, "EDM's weight is infinite at the knot {t = ", k.t,
                    "}, where sigma = 0; train for sigma > 0");
    const double relative = k.alpha / k.sigma;
    return relative * relative + 1.0 / (sigma_data * sigma_data);
}

}  // namespace fokker
