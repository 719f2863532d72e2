/// What a network's second output is.
#pragma once

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The kind of a network's second output. The library interprets only `unconditional`; the others
/// go unchanged to solvers that read them.
enum class second_output {
    none,              ///< the network has one output
    unspecified,       ///< it has two, and nobody said what the second is
    variance,          ///< the variance of a step, for each element
    log_variance,      ///< its logarithm
    variance_range,    ///< v in [-1, 1] between two logarithms: Nichol & Dhariwal 2021, eq. 15
    noise_squared,     ///< E[eps^2 | x_t]: Bao et al. 2022 (Extended-Analytic-DPM), SN
    residual_squared,  ///< E[(eps - eps_hat)^2 | x_t]: Bao et al. 2022 (Extended-Analytic-DPM), NPR
    unconditional,     ///< what the network predicts without its condition
};

namespace detail {

/// In the words of an error.
constexpr const char* name_of(second_output kind) {
    switch (kind) {
        case second_output::none:
            return "none";
        case second_output::unspecified:
            return "unspecified";
        case second_output::variance:
            return "variance";
        case second_output::log_variance:
            return "log_variance";
        case second_output::variance_range:
            return "variance_range";
        case second_output::noise_squared:
            return "noise_squared";
        case second_output::residual_squared:
            return "residual_squared";
        case second_output::unconditional:
            return "unconditional";
    }
    return "unknown";
}

}  // namespace detail
}  // namespace fokker
